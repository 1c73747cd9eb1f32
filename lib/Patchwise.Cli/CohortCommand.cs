using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Patchwise.Cli;

/// <summary>The steps that lib/cohort's workflow is made of, each over the slides of a job.</summary>
static class CohortCommand
{
    static readonly string[] ScannerProperties =
        ["aperio.ScanScope ID", "leica.device-model", "philips.DICOM_MANUFACTURERS_MODEL_NAME", "ventana.ScannerModel", "tiff.Model"];

    internal static Command Make() => new("cohort",
        "The steps of the workflow in lib/cohort: many slides, on one machine or a cluster.\n\nExample: patchwise cohort list slides --out results")
    {
        List(), Check(), Tissue(), Predict(), Map(), CohortCollect.Make(),
    };

    static Option<string> Out()
    {
        var folder = Commands.Text("--out", "DIR", "Folder of the results");
        folder.Required = true;
        return folder;
    }

    static Command List()
    {
        var slides = new Argument<string>("SLIDES") { Description = "A folder, a pattern such as 'slides/**/*.svs', or a CSV file: path,mpp,mask,label,group" };
        var (folder, each) = (Out(), new Option<int>("--job") { Description = "Slides of a job", DefaultValueFactory = _ => 50, HelpName = "N" });
        var retry = new Option<bool>("--retry") { Description = "Do slides again that failed" };
        var command = new Command("list", "Write which slides there are, and a file of each job; those of slides that were listed before stay")
            { slides, folder, each, retry };
        command.SetAction(parsed => CohortList.Write(parsed.GetRequiredValue(slides), parsed.GetRequiredValue(folder), parsed.GetValue(each),
            parsed.GetValue(retry)));
        return command;
    }

    /// <summary>A command on the slides of a job.</summary>
    static Command Step(string name, string description, Option[] options, Func<ParseResult, Steps, Func<CohortSlide, JsonObject?, CohortStep.Work>> work)
    {
        var (job, folder) = (new Argument<string>("JOB") { Description = "A file in jobs, as 'cohort list' writes it" }, Out());
        var command = new Command(name, description) { job, folder };
        foreach (var option in options)
            command.Options.Add(option);
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var to = parsed.GetRequiredValue(folder);
            using var steps = new Steps(to, cancel);
            return new CohortStep(to, name, cancel).Run(CohortSlide.ReadJob(parsed.GetRequiredValue(job)), work(parsed, steps));
        }, CancellationToken.None));
        return command;
    }

    /// <summary>What the steps share.</summary>
    sealed class Steps(string folder, CancellationToken cancel) : IDisposable
    {
        internal PatchPredictor? Predictor { get; set; }

        internal CancellationToken Cancel => cancel;

        internal string At(CohortSlide slide, string file) => Path.Combine(folder, "slides", slide.Id, file);

        /// <summary>As 'cohort check' found that it is to be opened.</summary>
        internal Slide Open(CohortSlide slide) => Slide.Open(slide.Path,
            (double?)CohortStep.Read(CohortStep.FileOf(folder, slide.Id, "check"))!["given"] is { } mpp ? new Mpp(mpp) : null);

        public void Dispose() => Predictor?.Dispose();
    }

    static Command Check()
    {
        var mpp = Commands.Real("--mpp", "MPP", "Microns per pixel of slides that state none, and have none in the column mpp");
        return Step("check", "Whether each slide opens, and what it is", [mpp], (parsed, _) => (slide, _) =>
        {
            var otherwise = parsed.GetValue(mpp);
            var key = CohortStep.Digest(slide.Id, slide.Path, slide.Mpp?.ToString("R", CultureInfo.InvariantCulture), slide.Mask, slide.Label, slide.Group,
                CohortSlide.VersionOf(slide.Path, slide.MaskFile), slide.Mpp is null ? otherwise?.ToString("R", CultureInfo.InvariantCulture) : null);
            return new(key, key, (found, _) =>
            {
                (found["id"], found["path"], found["mpp"], found["mask"], found["label"], found["group"]) =
                    (slide.Id, slide.Path, slide.Mpp, slide.Mask, slide.Label, slide.Group);
                var given = slide.Mpp;
                found["file"] = FileVersion.Of(slide.Path).Content;
                // Whether it is there, and no folder, is said best by what opens slides.
                var open = Slide.Open(slide.Path, given is { } stated ? new Mpp(stated) : null);
                try
                {
                    (found["bytes"], found["digest"]) = DigestOf(slide.Path);
                    if (open.Mpp is null && otherwise is { } all)
                    {
                        open.Dispose();
                        open = Slide.Open(slide.Path, new Mpp((given = all).Value));
                    }
                    (found["width"], found["height"], found["micronsPerPixel"], found["objective"], found["format"], found["scanner"], found["levels"],
                        found["given"]) = (open.Size.Width, open.Size.Height, open.Mpp is { } known ? (known.X + known.Y) / 2 : null,
                        open.Magnification?.Power, open.Vendor,
                        ScannerProperties.Select(open.Properties.GetValueOrDefault).FirstOrDefault(name => name is not null), open.Levels.Count, given);
                    if (open.Mpp is null)
                        throw new BadInputException($"{slide.Path} does not state microns per pixel: give them in the column mpp of the table of slides, "
                            + "or for all slides that state none as mpp in the configuration (--mpp)");
                    if (slide.MaskFile is { } mask)
                    {
                        if (!File.Exists(mask))
                            throw new BadInputException($"the mask {mask} does not exist: expected an image or outlines; correct the column mask");
                        found["maskDigest"] = DigestOf(mask).Digest;
                    }
                    found["content"] = ContentOf(slide, found);
                }
                finally
                {
                    open.Dispose();
                }
            });
        });
    }

    /// <summary>Sizes and sha256; of several files, of the names and sha256 of each.</summary>
    static (long Bytes, string Digest) DigestOf(string path)
    {
        try
        {
            var files = CohortSlide.FilesOf(path);
            var each = files.Select(file =>
            {
                using var stream = file.OpenRead();
                return Convert.ToHexStringLower(SHA256.HashData(stream));
            }).ToList();
            return (files.Sum(file => file.Length), each is [var only] ? only : Convert.ToHexStringLower(SHA256.HashData(
                System.Text.Encoding.UTF8.GetBytes(string.Concat(files.Zip(each, (file, digest) => $"{digest}  {file.Name}\n"))))));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path} could not be read: {error.Message}", error);
        }
    }

    /// <summary>Of all of a slide and its mask that the later steps depend on: its label may change.</summary>
    static string ContentOf(CohortSlide slide, JsonObject check) =>
        CohortStep.Digest((string?)check["digest"], check["given"]?.ToJsonString(), slide.Mask, (string?)check["maskDigest"]);

    static Command Tissue() => Step("tissue", "The tissue of each slide, and the quality of the slide", [], (_, steps) => (slide, check) =>
    {
        var key = ContentOf(slide, check!);
        return new(key, key, (found, _) =>
        {
            using var open = steps.Open(slide);
            var mask = (slide.MaskFile is { } file ? MaskChoice.File(file) : MaskChoice.Automatic).Of(open, steps.Cancel)!;
            var quality = SlideQuality.Of(open, new() { Tissue = mask }, steps.Cancel);
            static JsonArray Of(Vector3 stain) => [stain.X, stain.Y, stain.Z];
            (found["tissueMm2"], found["tissueShare"], found["notes"]) = (CohortStep.Number(quality.TissueArea), mask.Share,
                new JsonArray([.. mask.Notes.Concat(quality.Notes).Select(note => JsonValue.Create(note))]));
            // Of a slide of fluorescence there is none; the note says so, and its tissue stands.
            found["quality"] = quality.Pen is null ? null : new JsonObject
            {
                ["focus"] = CohortStep.Number(quality.InFocus?.Value),
                ["pen"] = quality.Pen,
                ["dark"] = quality.Dark,
                ["background"] = quality.Background,
                ["stains"] = quality.Stain is { } stain ? new JsonArray(Of(stain.Hematoxylin), Of(stain.Eosin)) : null,
                ["stainDistance"] = CohortStep.Number(quality.StainDegrees),
            };
            mask.Pixels.Save(steps.At(slide, "tissue.png"));
        });
    });

    static Command Predict()
    {
        var network = new NetworkOptions();
        var resolution = Commands.Real("--resolution", "MPP", "Microns per pixel of the patches; without it as the model's card says");
        var low = Commands.Real("--low-confidence", "P", "A patch whose highest probability is below it is of low confidence");
        low.DefaultValueFactory = _ => 0.5;
        return Step("predict", "The classes of the patches of each slide",
            [network.Model, network.Classes, resolution, network.Patch, network.Stride, network.Batch, network.Engine, network.Device, network.Precision,
                network.Threads, low], (parsed, steps) =>
        {
            if (parsed.GetValue(network.Precision) == "int8")
                throw new BadInputException("--precision int8 takes its ranges from the first slide, which is another one in each job: quantize once "
                    + "(patchwise model quantize MODEL OUT.onnx --calibrate SLIDE) and give that file as the model");
            var predictor = steps.Predictor = network.Predictor(parsed);
            Commands.Note(predictor.Notes);
            var at = parsed.GetValue(resolution) ?? predictor.Card.Mpp?.X ?? throw new BadInputException(
                $"the card of {predictor.Card.Name} does not state microns per pixel: give them as resolution in the configuration (--resolution)");
            var limit = parsed.GetValue(low)!.Value;
            if (limit is not (>= 0 and <= 1))
                throw new BadInputException(FormattableString.Invariant($"--low-confidence {limit}: expected a probability from 0 to 1, such as 0.5"));
            var parameters = predictor.Parameters();
            var digest = parameters.First(one => one.Name == "weights").Value["sha256 ".Length..];
            var how = new PredictOptions { At = Resolution.Mpp(at), Patch = parsed.GetValue(network.Patch), Stride = parsed.GetValue(network.Stride) };
            return (slide, tissue) =>
            {
                // Another machine may have another device; a slide is not predicted again for that, but one that is half done is not mixed.
                var key = CohortStep.Digest((string?)tissue!["from"], slide.Mask, FormattableString.Invariant($"{how.At} {how.Patch} {how.Stride} {limit:R}"),
                    parsed.GetValue(network.Engine), parsed.GetValue(network.Precision), string.Join('\n', parameters.Where(one => one.Name != "engine")));
                var begun = CohortStep.Digest(key, predictor.Place, FileVersion.Of(slide.Path).Content);
                return new(key, begun, (found, resume) =>
                {
                    found["engine"] = predictor.Place;
                    using var open = steps.Open(slide);
                    var mask = slide.Mask == "none" ? MaskChoice.None : TissueMask.Load(steps.At(slide, "tissue.png"));
                    var table = predictor.Predict(open, how with
                    {
                        Mask = mask,
                        SaveTo = steps.At(slide, "predictions.sqlite"),
                        Resume = resume,
                        Overwrite = !resume,
                    }, steps.Cancel);
                    var summary = SlideSummary.Of(table, limit);
                    (found["model"], found["modelDigest"], found["patches"], found["patch"], found["micronsPerPixel"]) =
                        (predictor.Card.Name, digest, summary.Count, how.Patch ?? predictor.Card.Patch, at);
                    found["classes"] = new JsonArray([.. summary.Classes.Select(one => new JsonObject
                    {
                        ["name"] = one.Name,
                        ["title"] = one.Class.Title,
                        ["color"] = one.Class.Color,
                        ["count"] = one.Count,
                        ["share"] = CohortStep.Number(one.Share.Value),
                        ["low"] = CohortStep.Number(one.Share.Low),
                        ["high"] = CohortStep.Number(one.Share.High),
                        ["meanProbability"] = CohortStep.Number(one.MeanProbability),
                    })]);
                    (found["meanConfidence"], found["lowConfidence"]) =
                        (CohortStep.Number(summary.MeanConfidence), CohortStep.Number(summary.LowConfidence));
                    found["parameters"] = new JsonObject
                    {
                        ["engine"] = predictor.Place,
                        ["precision"] = parsed.GetValue(network.Precision),
                        ["resolution"] = at,
                        ["patch"] = how.Patch ?? predictor.Card.Patch,
                        ["stride"] = how.StrideFor(predictor.Card),
                        // Which file it is differs from slide to slide.
                        ["mask"] = slide.MaskFile is null ? slide.Mask ?? "auto" : "file",
                        ["lowConfidence"] = limit,
                    };
                });
            };
        });
    }

    static Command Map()
    {
        var resolution = Commands.Real("--resolution", "MPP", "Microns per pixel of the map");
        resolution.DefaultValueFactory = _ => 8;
        return Step("map", "A map of the classes and a thumbnail of each slide", [resolution], (parsed, steps) => (slide, predict) =>
        {
            var at = parsed.GetValue(resolution)!.Value;
            var key = CohortStep.Digest((string?)predict!["from"], at.ToString("R", CultureInfo.InvariantCulture));
            return new(key, key, (found, _) =>
            {
                found["micronsPerPixel"] = at;
                var map = PredictionMap.Of(PredictionTable.Load(steps.At(slide, "predictions.sqlite")), new() { At = Resolution.Mpp(at) }, steps.Cancel);
                // With more classes than a palette has, the numbers would be a picture in which nothing is seen.
                if (map.Pixels.Bits == 8)
                    map.Save(steps.At(slide, "map.png"));
                else
                    map.Colors.Save(steps.At(slide, "map.png"));
                using var open = steps.Open(slide);
                open.SaveThumbnail(steps.At(slide, "thumbnail.jpg"));
            });
        });
    }
}
