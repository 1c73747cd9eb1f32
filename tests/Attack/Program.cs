using System.Globalization;
using Patchwise.Attack;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
switch (args)
{
    case ["victim", var root, var format, var seed, var first, var count]:
        return Victim.Serve(root, Format.Of(format), Number(seed), Number(first), Number(count));
    case ["write", var root, var format, var seed, var number, var file]: // to look at a find
        File.WriteAllBytes(file, Mutation.Of([.. Format.Of(format).Good(root)], Format.Of(format).IsText, Number(seed), Number(number)));
        return 0;
    case ["write on", var root, var file, var folder]:
        return Killing.WriteOn(root, file, folder);
    case ["write once", var root, var file, var folder]:
        return Killing.WriteOnce(root, file, folder);
    case ["within", var seconds, .. var rest]:
        return Watch.Over(TimeSpan.FromSeconds(Number(seconds)), rest);
    case ["deadlock"]:
        return Watch.Deadlock();
    case ["stacks", var dump]:
        Console.Write(Stacks.OfDump(dump));
        return 0;
    case ["write full", var root, var disk]:
        return Killing.WriteFull(root, disk);
    case ["names", var root]:
        return Report(Names.Run(root));
    case ["kill", var root, var count, var seed]:
        return Report([.. Killing.Run(root, Number(count), Number(seed)), .. Killing.FillDisk(root), .. Killing.Refuse(root)]);
    case ["cancel", var root, var count, var seed]:
        return Report(Cancelling.Run(root, Number(count), Number(seed)));
    case [var root, var count, var seed, .. var names]:
        var survived = true;
        Console.WriteLine("| format | damaged files | read all the same | refused with a clear error | other errors | crashes | over 10 s | over 1 GiB |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|--:|");
        foreach (var format in Format.All.Where(format => names.Length == 0 || names.Contains(format.Name)))
        {
            var outcome = Siege.Of(root, format, Number(seed), Number(count));
            Console.WriteLine(
                $"| {outcome.Format} | {outcome.Count:N0} | {outcome.Read:N0} | {outcome.Refused + outcome.Failed:N0} | {outcome.Unclean.Count:N0} | "
                    + $"{outcome.Crashes.Count:N0} | {outcome.Hangs.Count:N0} | {outcome.Over.Count:N0} |");
            foreach (var find in outcome.Unclean.Concat(outcome.Crashes).Concat(outcome.Hangs).Concat(outcome.Over))
                Console.Error.WriteLine($"{format.Name} {find}");
            survived &= outcome.Survived;
        }
        return survived ? 0 : 1;
    default:
        Console.Error.WriteLine(
            "usage: Attack REPOSITORY COUNT SEED [FORMAT]... | kill REPOSITORY COUNT SEED | cancel REPOSITORY COUNT SEED | within SECONDS ... | stacks DUMP");
        return 2;
}

static int Report(IReadOnlyList<string> problems)
{
    foreach (var problem in problems)
        Console.Error.WriteLine(problem);
    return problems.Count == 0 ? 0 : 1;
}
