using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Patchwise.InnerLoops;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

// In this process: the library's inner loops are internal, and a project of BenchmarkDotNet's own making would not see them.
var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
BenchmarkSwitcher.FromAssembly(typeof(Resampling).Assembly)
    .Run(args.Length > 0 ? args : ["--filter", "*"],
    DefaultConfig.Instance.AddJob(job).WithArtifactsPath(Path.Combine(Path.GetTempPath(), "patchwise-inner-loops")).WithOptions(ConfigOptions.JoinSummary));
