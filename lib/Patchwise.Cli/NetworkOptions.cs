namespace Patchwise.Cli;

/// <summary>How commands that predict choose a network and what runs it.</summary>
sealed class NetworkOptions
{
    internal Option<string> Model { get; } = Commands.Text("--model", "NAME|FILE", "Id of a model in data-manifest.json, or a file of weights");
    internal Option<string> Classes { get; } =
        Commands.Text("--classes", "FILE", "A file with the name of a class a line, for a model without a card");
    internal Option<int?> Patch { get; } = new("--patch") { Description = "Side of the patches in px; without it as the card says", HelpName = "PX" };
    internal Option<int?> Stride { get; } =
        new("--stride") { Description = "Px from one patch to the next; without it as the card says, mostly side by side", HelpName = "PX" };
    internal Option<int> Batch { get; } =
        new("--batch") { Description = "Patches that go through the network together", DefaultValueFactory = _ => 32, HelpName = "N" };
    internal Option<string> Engine { get; } = Commands.Choice("--engine", "What runs the network", "auto", "onnx", "torch");
    internal Option<string> Device { get; } = Commands.Text("--device", "DEVICE", "auto, cpu, cuda or cuda:N", "auto");
    internal Option<string> Precision { get; } =
        Commands.Choice("--precision", "What the network computes in; fp16 and bf16 are for GPUs, int8 is for the CPU: quantized on patches of the first "
            + "input, and kept beside the model", "fp32", "fp16", "bf16", "int8");
    internal Option<double?> LeastAgreement { get; } = Commands.LeastAgreement("--least-agreement");
    internal Option<int> Threads { get; } =
        new("--threads") { Description = "Threads that read, and that the network has; 0: as many as there are cores", HelpName = "N" };

    internal NetworkOptions() => Model.Required = true;

    /// <param name="exact">In float32, whatever was asked for.</param>
    internal PatchPredictor Predictor(ParseResult parsed, bool exact = false)
    {
        var precision = exact ? Patchwise.Precision.Float32 : parsed.GetValue(Precision) switch
        {
            "fp16" => Patchwise.Precision.Float16,
            "bf16" => Patchwise.Precision.BFloat16,
            "int8" => Patchwise.Precision.Int8,
            _ => Patchwise.Precision.Float32,
        };
        var engine = new EngineOptions(Enum.Parse<EngineKind>(parsed.GetRequiredValue(Engine), ignoreCase: true), parsed.GetRequiredValue(Device), precision,
            parsed.GetValue(Threads));
        if (parsed.GetValue(LeastAgreement) is { } least)
            engine = engine with { LeastAgreement = least };
        return new(parsed.GetRequiredValue(Model), parsed.GetValue(Batch), engine, parsed.GetValue(Classes));
    }
}
