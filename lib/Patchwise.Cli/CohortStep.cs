using System.Data.Common;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Patchwise.Cli;

/// <summary>
/// One step over the slides of a job. What it gives for a slide is slides/ID/STEP.json, which appears last and whole, and says what it was made from: what is
/// there already is not made again. A slide at fault gets its reason there instead, and the later steps pass it by. What is no fault of the slide ends the job,
/// which is to be tried again: but for a slide at which that happened <see cref="MostTries"/> times, which is then taken to be the reason.
/// </summary>
/// <param name="folder">Of the results.</param>
sealed class CohortStep(string folder, string step, CancellationToken cancel)
{
    internal static readonly string[] Names = ["check", "tissue", "predict", "map"];

    const int MostTries = 3;

    const string Ended = "the program ended while it was at this slide: it was killed, ran out of memory, or its machine was lost";

    static readonly JsonSerializerOptions Written = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What is made of one slide.</summary>
    /// <param name="Key">What the result depends on.</param>
    /// <param name="Begun">What something half done is gone on with by: it was begun with the same.</param>
    /// <param name="Make">Writes files into the folder of the slide, and what it found into the object, also where it fails. It is told whether to go on with
    /// what is half done.</param>
    internal sealed record Work(string Key, string Begun, Action<JsonObject, bool> Make);

    internal static string FileOf(string folder, string id, string step) => Path.Combine(folder, "slides", id, $"{step}.json");

    /// <summary>Null: there is none.</summary>
    internal static JsonObject? Read(string file)
    {
        try
        {
            return File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file)) as JsonObject ?? throw new JsonException("no object") : null;
        }
        catch (JsonException error)
        {
            throw new BadInputException($"{file} is damaged ({error.Message}): delete it", error);
        }
    }

    internal static string Digest(params string?[] parts) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(parts)))[..32];

    /// <summary>JSON has no NaN.</summary>
    internal static JsonNode? Number(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    /// <param name="of">The work on a slide, of what the step before found.</param>
    /// <returns>The exit code: 0 where each slide has its result or its reason.</returns>
    internal int Run(IReadOnlyList<CohortSlide> slides, Func<CohortSlide, JsonObject?, Work> of)
    {
        var left = 0;
        // Those that ended the program come last: the others are done before that happens again.
        foreach (var slide in slides.OrderBy(slide => File.Exists(Tries(slide)) ? 1 : 0).ToList())
        {
            if (cancel.IsCancellationRequested)
                throw new PatchwiseException("stopped; what is done is kept, and the same command goes on from there");
            if (!Before(slide, out var found, out var made))
                continue;
            if (!Do(slide, of(slide, found), made))
                left++;
        }
        if (left == 0)
            return 0;
        Console.Error.WriteLine($"patchwise: {left} of {slides.Count} slides are left to do: run the same command again");
        return 1;
    }

    /// <param name="found">By the step before; null: there is none.</param>
    /// <param name="made">What this step is made of; null where nothing says so.</param>
    /// <returns>False: a step before failed.</returns>
    bool Before(CohortSlide slide, out JsonObject? found, out string? made)
    {
        (found, made) = (null, null);
        foreach (var name in Names.TakeWhile(name => name != step))
        {
            var file = FileOf(folder, slide.Id, name);
            found = Read(file) ?? throw new BadInputException($"{file} is not there: run 'patchwise cohort {name}' before 'cohort {step}'");
            if (found["failure"] is not null)
                return false;
            if (made is not null && (string?)found["of"] is { } of && of != made)
                throw new BadInputException($"{file} was made before its slide changed: run 'patchwise cohort {name}' before 'cohort {step}'");
            made = (string?)found[name == Names[0] ? "content" : "from"];
        }
        return true;
    }

    string Tries(CohortSlide slide) => Path.Combine(folder, "slides", slide.Id, $"{step}.tries");

    /// <returns>Whether the slide has its result, or its reason.</returns>
    bool Do(CohortSlide slide, Work work, string? made)
    {
        var file = FileOf(folder, slide.Id, step);
        var done = (string?)Read(file)?["from"] == work.Key;
        // Beside a result it is of a program that ended just after it had written that.
        if (done && !File.Exists(Tries(slide)))
            return true;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        OutputLock only;
        try
        {
            only = new(Path.Combine(Path.GetDirectoryName(file)!, step));
        }
        catch (BadInputException error)
        {
            return done || Told(slide, error.Message, false);
        }
        using (only)
        {
            if (done)
            {
                File.Delete(Tries(slide));
                return true;
            }
            string[] begun = File.Exists(Tries(slide)) ? File.ReadAllLines(Tries(slide)) : [];
            var same = begun is [var first, ..] && first == work.Begun;
            string[] tries = same ? begun[1..] : [];
            // With what it was made; it is no reason to make it again.
            var (result, clock) = (new JsonObject { ["from"] = work.Key, ["patchwise"] = Cohort.Version }, Stopwatch.StartNew());
            if (made is not null)
                result["of"] = made;
            if (tries.Length >= MostTries)
                return Failed($"tried {tries.Length} times: {tries[^1]}");
            WriteTries(Ended);
            try
            {
                work.Make(result, same);
            }
            catch (OperationCanceledException)
            {
                WriteTries();
                throw new PatchwiseException("stopped; what is done is kept, and the same command goes on from there");
            }
            // Where the results go, not the slide, is at fault; an input that cannot be read may be there the next time.
            catch (PatchwiseException error) when (error is not BadInputException && IsOfSystem(error))
            {
                WriteTries();
                throw;
            }
            catch (BadInputException error) when (!IsOfSystem(error))
            {
                return Failed(error.Message);
            }
            catch (Exception error)
            {
                WriteTries(error.Message.ReplaceLineEndings(" "));
                return Told(slide, error.Message, false);
            }
            result["seconds"] = Math.Round(clock.Elapsed.TotalSeconds, 3);
            Write(result);
            return Told(slide, FormattableString.Invariant($"{clock.Elapsed.TotalSeconds:0.0} s"), true);

            void WriteTries(params string[] more) => File.WriteAllLines(Tries(slide), [work.Begun, .. tries, .. more]);

            void Write(JsonObject what)
            {
                WholeFile.WriteText(file, what.ToJsonString(Written) + "\n");
                File.Delete(Tries(slide));
            }

            bool Failed(string reason)
            {
                (result["failure"], result["step"]) = (reason.ReplaceLineEndings(" "), step);
                // What the later steps made of the slide as it was before.
                foreach (var later in Names.SkipWhile(name => name != step).Skip(1))
                    File.Delete(FileOf(folder, slide.Id, later));
                Write(result);
                return Told(slide, $"failed: {reason}", true);
            }
        }
    }

    static bool IsOfSystem(Exception error) => error.InnerException is IOException or UnauthorizedAccessException or DbException;

    static bool Told(CohortSlide slide, string what, bool result)
    {
        Console.WriteLine($"{slide.Id}: {what.ReplaceLineEndings(" ")}");
        return result;
    }
}
