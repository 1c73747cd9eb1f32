using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Patchwise;

/// <summary>
/// Tries foreign TorchScript programs in a process of its own, since over a damaged one libtorch may end the process: it is opened and runs one patch there.
/// The process is this assembly, started by the runtime that runs it now; it takes one program after the other and ends when none has come for a while.
/// </summary>
static class TorchTrial
{
    /// <summary>Before an answer, which is a line of JSON: programs print, too.</summary>
    const string Answer = "patchwise: ";

    static readonly TimeSpan Idle = TimeSpan.FromSeconds(5), Longest = TimeSpan.FromMinutes(5);

    /// <summary>Programs that ended well, by digest and kind of the patches: they are not tried again.</summary>
    static readonly ConcurrentDictionary<string, bool> Good = [];

    static readonly Lock One = new();
    static Process? _process;

    /// <summary>What it printed before it ended.</summary>
    static readonly ConcurrentQueue<string> Errors = [];

    sealed record Request(string Path, string Name, int Side, ModelLayout? Layout, ModelSamples? Samples, string? OutputName);

    internal static void Check(string path, ModelCard card)
    {
        string digest;
        var request = new Request(Path.GetFullPath(path), path, card.Patch, card.Layout, card.Samples, card.OutputName);
        using (var file = File.OpenRead(path))
            digest = $"{Convert.ToHexString(SHA256.HashData(file))} {request with { Path = "", Name = "" }}";
        if (Good.ContainsKey(digest))
            return;
        lock (One)
        {
            // One that had just ended for want of work is no answer.
            var message = Ask(request, out var ended) ?? (ended == 0 ? Ask(request, out ended) : null);
            if (message is null)
            {
                var reason = string.Join('\n', Errors).Split("what():", 2) is [_, var text] ? $": {text.Trim().Split('\n')[0].TrimEnd(':')}" : "";
                throw new BadInputException($"{path} ended the process in which libtorch tried it (exit code {ended}{reason}): it is damaged, or libtorch "
                    + "cannot run it; nothing of it was run here");
            }
            if (message.Length > 0)
                throw new BadInputException(message);
        }
        Good[digest] = true;
    }

    /// <summary>Empty: it is good; null: the process ended.</summary>
    static string? Ask(Request request, out int ended)
    {
        var process = _process ??= Start();
        ended = 0;
        try
        {
            process.StandardInput.WriteLine(JsonSerializer.Serialize(request));
            process.StandardInput.Flush();
            var answer = Task.Run(() =>
            {
                string? line;
                while ((line = process.StandardOutput.ReadLine())?.StartsWith(Answer, StringComparison.Ordinal) == false)
                    ;
                return line;
            });
            if (!answer.Wait(Longest))
                process.Kill();
            if (answer.Result is { } found)
                return JsonSerializer.Deserialize<string>(found[Answer.Length..]);
        }
        catch (IOException)
        {
            // It ended before it was asked.
        }
        process.WaitForExit();
        ended = process.ExitCode;
        process.Dispose();
        _process = null;
        return null;
    }

    static Process Start()
    {
        var here = typeof(TorchTrial).Assembly.Location;
        var folders = ((Type[])[typeof(TorchTrial), typeof(PatchwiseException), typeof(TorchSharp.torch), typeof(Google.Protobuf.ByteString)])
            .Select(type => Path.GetDirectoryName(type.Assembly.Location)!).Distinct();
        var ending = OperatingSystem.IsWindows() ? ".exe" : null;
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), $"../../../dotnet{ending}"));
        // A program that takes this assembly from the package has only its own beside it.
        var settings = Directory.GetFiles(AppContext.BaseDirectory, "*.runtimeconfig.json").Prepend(Path.ChangeExtension(here, ".runtimeconfig.json"))
            .First(File.Exists);
        string[] command = File.Exists(dotnet) ? [dotnet, "exec", "--runtimeconfig", settings, here]
            : [Path.ChangeExtension(here, ending)!];
        var process = Process.Start(new ProcessStartInfo(command[0], [.. command[1..], .. folders])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new PatchwiseException($"{command[0]} could not be started to try a TorchScript program");
        Errors.Clear();
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { Length: < 1000 } text && Errors.Count < 100)
                Errors.Enqueue(text);
        };
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>The process that tries programs.</summary>
    /// <param name="folders">In which the assemblies lie that this one needs.</param>
    static void Main(string[] folders)
    {
        System.Runtime.Loader.AssemblyLoadContext.Default.Resolving += (context, name) =>
            folders.Select(folder => Path.Combine(folder, name.Name + ".dll")).FirstOrDefault(File.Exists) is { } file
            ? context.LoadFromAssemblyPath(file) : null;
        while (Task.Run(Console.In.ReadLine) is var line && line.Wait(Idle) && line.Result is { } text)
            Console.WriteLine($"\n{Answer}{JsonSerializer.Serialize(Try(JsonSerializer.Deserialize<Request>(text)!))}");
        Environment.Exit(0);
    }

    static string Try(Request request)
    {
        try
        {
            var card = CardFile.Parse("{}", "", "", request.Side) with { Layout = request.Layout, Samples = request.Samples, OutputName = request.OutputName };
            using var engine = TorchEngine.Open(request.Path, card, new(Device: "cpu"));
            return "";
        }
        catch (Exception error) when (error is PatchwiseException or ArgumentException or InvalidOperationException or NotSupportedException
            or NotImplementedException or OverflowException)
        {
            return error.Message.Replace(request.Path, request.Name, StringComparison.Ordinal).ReplaceLineEndings(" ");
        }
    }
}
