using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;

namespace Patchwise.Cli;

/// <summary>
/// What all commands share: one line for an error; exit code 2 for bad input or usage, 1 for a failure while working, 130 and 143 where it was stopped by
/// Ctrl-C or SIGTERM.
/// </summary>
static class Commands
{
    static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "Show the full trace of an error; of a prediction, whether reading or the network held it up",
        Recursive = true,
    };

    /// <summary>After Ctrl+C: a batch that the network is at is not left half-way.</summary>
    static readonly TimeSpan EndInOrder = TimeSpan.FromSeconds(60);

    /// <summary>The value of an option that is a number. The usual parser skips commas, so that 0,5 would be 5.</summary>
    internal static double? Number(ArgumentResult result)
    {
        var text = result.Tokens is [var token] ? token.Value : "";
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return number;
        result.AddError($"'{text}' is no number: expected one such as 0.5, with a point");
        return null;
    }

    internal static Option<double?> Real(string name, string value, string description) =>
        new(name) { CustomParser = Number, Description = description, HelpName = value };

    internal static Option<string> Text(string name, string value, string description, string? otherwise = null)
    {
        var option = new Option<string>(name) { Description = description, HelpName = value };
        if (otherwise is not null)
            option.DefaultValueFactory = _ => otherwise;
        return option;
    }

    /// <summary>One of some words, the first where it is not given.</summary>
    internal static Option<string> Choice(string name, string description, params string[] values)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => values[0] };
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    internal static Option<string> Units() =>
        Choice("--units", "Microns per pixel, objective power, share of the full size, or level", "mpp", "power", "baseline", "level");

    /// <summary>What was asked for; null: nothing was.</summary>
    internal static Resolution? Resolution(ParseResult parsed, Option<double?> resolution, Option<string> units) =>
        parsed.GetValue(resolution) is { } value ? Patchwise.Resolution.Of(value, parsed.GetRequiredValue(units)) : !Has(parsed, units) ? null
            : throw new BadInputException("--units without --resolution: expected both, such as --resolution 0.5 --units mpp");

    /// <summary>Whether the user gave an option.</summary>
    internal static bool Has(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>A file to write, which must be none that is read: that would be lost.</summary>
    internal static string Target(string output, params IEnumerable<string> inputs)
    {
        static string Real(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        return File.Exists(output) && inputs.Where(File.Exists).FirstOrDefault(input => Real(input) == Real(output)) is not null
            ? throw new BadInputException($"{output} is what is read, and would be lost: name another file to write") : output;
    }

    internal static bool IsVerbose(ParseResult parsed) => parsed.GetValue(Verbose);

    /// <summary>Says on standard error what the user should know of the input.</summary>
    internal static void Note(IEnumerable<string> notes)
    {
        foreach (var note in notes)
            Console.Error.WriteLine($"patchwise: note: {note}");
    }

    internal static Option<int?> Page(string name) => new(name) { Description = "Which image of a file of several, from 0", HelpName = "N" };

    internal static Option<int?> Channel(string name) => new(name) { Description = "Which channel of an image in color, from 0", HelpName = "N" };

    internal static Option<double?> LeastAgreement(string name) => Real(name, "R",
        "Share of the patches that 8 bits must give the same class as float32, 0.99 where it is not given; else they are refused");

    internal static Option<double?> Threshold(string name) =>
        Real(name, "VALUE", "What is above this value is an object, for masks with soft edges or of lossy files");

    internal static Option<long> MaxPixels() =>
        new("--max-pixels") { Description = "Refuse images of more pixels", DefaultValueFactory = _ => Raster.DefaultPixelLimit, HelpName = "N" };

    /// <summary>With the name of the option, which the messages on values do not have.</summary>
    static string InOneLine(ParseError error)
    {
        var text = string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');
        return error.SymbolResult is OptionResult { Option.Name: var name } && !text.Contains(name, StringComparison.Ordinal) ? $"{name}: {text}" : text;
    }

    internal static int Run(Command root, string[] args)
    {
        // Options are read and results written alike everywhere: where the point parts thousands, 0.5 would be 5.
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        // A RootCommand would call itself by the name of the file that the link "patchwise" leads to.
        root.Options.Add(new HelpOption());
        root.Options.Add(new VersionOption());
        root.Options.Add(Verbose);
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            Console.Error.WriteLine($"patchwise: {string.Join("; ", parsed.Errors.Select(InOneLine))}; see 'patchwise --help'");
            return 2;
        }
        // Where inputs are expected, an option that is not known would be one more of them.
        if (parsed.Tokens.FirstOrDefault(token => token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal)
            && !File.Exists(token.Value)) is { } unknown)
        {
            Console.Error.WriteLine($"patchwise: there is no option '{unknown.Value}' here; see 'patchwise {parsed.CommandResult.Command.Name} --help'");
            return 2;
        }
        PosixSignal? signal = null;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => signal = context.Signal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => signal = context.Signal);
        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = EndInOrder });
        }
        catch (Exception error)
        {
            // Handlers are called one after the other, the last registered first: that which stops the work is before those above.
            if (error is OperationCanceledException || error.Message.StartsWith("stopped", StringComparison.Ordinal))
                SpinWait.SpinUntil(() => signal is not null, TimeSpan.FromSeconds(5));
            Console.Error.WriteLine($"patchwise: {(IsVerbose(parsed) ? error : error is OperationCanceledException && signal is not null ? "stopped"
                : error.Message.ReplaceLineEndings(" "))}");
            return signal == PosixSignal.SIGINT ? 130 : signal == PosixSignal.SIGTERM ? 143 : error is BadInputException ? 2 : 1;
        }
    }
}
