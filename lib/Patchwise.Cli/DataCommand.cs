using Spectre.Console;

namespace Patchwise.Cli;

static class DataCommand
{
    internal static Command Make()
    {
        var ids = new Argument<string[]>("ID") { Description = "Ids as 'patchwise data list' shows them", Arity = ArgumentArity.OneOrMore };
        var list = new Command("list", "Lists the data sets and models of data-manifest.json, and which are on this machine. Example: patchwise data list");
        list.SetAction(_ =>
        {
            var manifest = Manifest.Load();
            Console.WriteLine(manifest);
            Console.WriteLine($"fetched data lies in {manifest.DataFolder}");
        });
        var fetch = new Command("fetch", "Fetches data sets and models, checks and unpacks them. Example: patchwise data fetch resnet18-kather100k") { ids };
        var maxUnpacked = new Option<long?>("--max-unpacked") { Description = "Refuse archives that unpack to more", HelpName = "BYTES" };
        fetch.Options.Add(maxUnpacked);
        fetch.SetAction((parsed, cancel) => Fetch(Manifest.Load(), parsed.GetValue(ids)!, parsed.GetValue(maxUnpacked), cancel));
        var verify = new Command("verify",
            "Compares the files on this machine with size and sha256 in the manifest. Example: patchwise data verify dsb2018-nuclei") { ids };
        verify.SetAction((parsed, cancel) => Verify(Manifest.Load(), parsed.GetValue(ids)!, cancel));
        return new Command("data", "Lists, fetches and verifies data sets and models. Example: patchwise data list") { list, fetch, verify };
    }

    static async Task<int> Fetch(Manifest manifest, string[] ids, long? maxUnpacked, CancellationToken cancel)
    {
        foreach (var id in ids)
            _ = manifest[id];
        try
        {
            foreach (var id in ids)
            {
                var located = Console.IsErrorRedirected
                    ? await manifest.FetchAsync(id, Lines(), maxUnpacked, cancel)
                    : await WithBar(id, progress => manifest.FetchAsync(id, progress, maxUnpacked, cancel));
                foreach (var warning in located.Warnings)
                    await Console.Error.WriteLineAsync($"patchwise: warning: {warning}");
                await Console.Out.WriteLineAsync(
                    $"{id}: {located.Files.Count} file{(located.Files.Count == 1 ? "" : "s")} in {located.Folder} ({located.Entry.Licence})");
            }
            return 0;
        }
        catch (OperationCanceledException)
        {
            throw new PatchwiseException("stopped; what has arrived is kept, and the same command goes on from there");
        }
    }

    static async Task<int> Verify(Manifest manifest, string[] ids, CancellationToken cancel)
    {
        var wrong = new List<string>();
        foreach (var id in ids)
        {
            var found = await manifest.VerifyAsync(id, cancel);
            foreach (var problem in found.Problems)
                await Console.Error.WriteLineAsync($"patchwise: {id}: {problem}");
            foreach (var note in found.Notes.Take(5))
                await Console.Error.WriteLineAsync($"patchwise: {id}: note: {note}");
            if (found.Problems.Count > 0)
                wrong.Add(found.Entry.IsEmbedded
                    ? $"{id} differs: restore it with 'git checkout -- {found.Entry.Folder}'"
                    : $"{id} differs: delete {found.Folder} and fetch it again with 'patchwise data fetch {id}'");
            else
                await Console.Out.WriteLineAsync($"{id}: {found.Files} file{(found.Files == 1 ? "" : "s")} as expected in {found.Folder}");
        }
        return wrong.Count == 0 ? 0 : throw new PatchwiseException(string.Join("; ", wrong));
    }

    static async Task<LocatedData> WithBar(string id, Func<IProgress<FetchProgress>, Task<LocatedData>> fetch)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(context =>
            {
                var bar = context.AddTask(Markup.Escape(id));
                return fetch(new Told(value =>
                {
                    if (value.Note is not null)
                        console.WriteLine($"{value.File}: {value.Note}");
                    bar.IsIndeterminate(value.Total is null).MaxValue(value.Total ?? Math.Max(1, value.Received)).Value(value.Received);
                }));
            });
    }

    /// <summary>Where standard error is no terminal: a line for each tenth, or 10 MB where the size is not known.</summary>
    static Told Lines()
    {
        (string File, long Step) last = ("", -1);
        return new(value =>
        {
            var step = value.Total is > 0 and var total ? value.Received * 10 / total : value.Received / 10_000_000;
            if (value.Note is null && (value.File, step) == last)
                return;
            last = (value.File, step);
            var of = value.Total is { } all ? $" of {all / 1e6:0.0} MB" : "";
            Console.Error.WriteLine($"{value.Id}: {value.Note ?? $"{value.File} {value.Received / 1e6:0.0} MB{of}"}");
        });
    }

    /// <summary>At once, on the thread that tells; the framework's own Progress may come late and in another order.</summary>
    sealed class Told(Action<FetchProgress> show) : IProgress<FetchProgress>
    {
        public void Report(FetchProgress value) => show(value);
    }
}
