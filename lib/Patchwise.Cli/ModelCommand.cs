using System.CommandLine;

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
            opened.ExportOnnx(parsed.GetValue(target)!);
        });
        return new Command("model", "Show or export a network.\nExample: patchwise model info resnet18-kather100k") { info, export };
    }
}
