namespace Patchwise.Cli;

static class ModelCommand
{
    internal static Command Make()
    {
        var model = new Argument<string>("model")
        {
            Description = "Id of a model in data-manifest.json, a file (.pth, .pt, .ckpt, .safetensors, .onnx), or a folder with one"
        };
        var info = new Command("info",
            "Print a model's card, layers, parameters and operations per patch.\nExample: patchwise model info resnet18-kather100k") { model };
        info.SetAction(parsed => Console.Out.Write(Model.Describe(parsed.GetValue(model)!)));

        var target = new Argument<string>("out") { Description = "The .onnx file to write" };
        var export = new Command("export", "Write a model as ONNX, with its card.\nExample: patchwise model export resnet18-kather100k resnet18.onnx") { model,
            target };
        export.SetAction(parsed =>
        {
            using var opened = Model.Open(parsed.GetValue(model)!);
            opened.ExportOnnx(Commands.Target(parsed.GetRequiredValue(target), opened.Path));
        });
        var calibrate = Commands.Text("--calibrate", "FOLDER|SLIDE", "Patches or a slide as the network will see them, or the id of a data set");
        calibrate.Required = true;
        var least = Commands.LeastAgreement("--agreement");
        var resolution = Commands.Real("--resolution", "R", "Of a slide's patches, in --units; without it as the model's card says");
        var units = Commands.Units();
        var resize = new Option<bool>("--resize") { Description = "Scale patches of another size to that of the card; without it they are refused" };
        var quantize = new Command("quantize", "Write a model in 8 bits as ONNX, for the CPU; it is compared with float32 first.\n"
            + "Example: patchwise model quantize resnet18-kather100k resnet18-int8.onnx --calibrate slide.svs")
            { model, target, calibrate, least, resolution, units, resize };
        quantize.SetAction((parsed, cancel) => Task.Run(() =>
        {
            using var opened = Model.Open(parsed.GetValue(model)!);
            var place = Commands.Target(parsed.GetRequiredValue(target), opened.Path);
            Console.Out.WriteLine(QuantizedModel.Save(opened, place, parsed.GetRequiredValue(calibrate), new()
            {
                LeastAgreement = parsed.GetValue(least) ?? new QuantizeOptions().LeastAgreement,
                Reading = new() { At = Commands.Resolution(parsed, resolution, units), Resize = parsed.GetValue(resize) },
            }, cancel));
        }, CancellationToken.None));
        return new Command("model", "Show, export or quantize a network.\nExample: patchwise model info resnet18-kather100k") { info, export, quantize };
    }
}
