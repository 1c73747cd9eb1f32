using System.Reflection;
using System.Text.RegularExpressions;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Patchwise.Tests;

/// <summary>
/// Runs these tests by xunit's own framework where there is no SDK to run them: Patchwise.Tests [PART OF A TEST'S FULL NAME]...
/// One line a test, with the reason where it failed; the last line counts. Ends with 1 unless all passed and there were some.
/// </summary>
static class Program
{
    internal static int Main(string[] parts)
    {
        var assembly = Assembly.GetExecutingAssembly();
        using var results = new Results();
        using var framework = new XunitTestFramework(results);
        using var discoverer = framework.GetDiscoverer(Reflector.Wrap(assembly));
        discoverer.Find(includeSourceInformation: false, results, new Settings());
        results.Found.Wait();
        var chosen = results.Cases.Where(test => parts.Length == 0 || parts.Any(part => test.DisplayName.Contains(part, StringComparison.Ordinal))).ToList();
        using (var executor = framework.GetExecutor(assembly.GetName()))
        {
            executor.RunTests(chosen, results, new Settings());
            results.Finished.Wait();
        }
        Console.WriteLine($"{results.Passed} passed, {results.Failed} failed");
        return results.Passed > 0 && results.Failed == 0 ? 0 : 1;
    }

    /// <summary>What xunit says while it looks for tests and runs them; it says so on several threads.</summary>
    sealed class Results : LongLivedMarshalByRefObject, IMessageSink, IDisposable
    {
        internal readonly ManualResetEventSlim Found = new(), Finished = new();
        internal readonly List<ITestCase> Cases = [];
        internal int Passed, Failed;

        public bool OnMessage(IMessageSinkMessage message)
        {
            lock (Cases)
                switch (message)
                {
                    case ITestCaseDiscoveryMessage found:
                        Cases.Add(found.TestCase);
                        break;
                    case IDiscoveryCompleteMessage:
                        Found.Set();
                        break;
                    case ITestPassed passed:
                        Passed++;
                        Console.WriteLine($"passed {passed.Test.DisplayName} [{passed.ExecutionTime:0.0} s]");
                        break;
                    case ITestSkipped skipped:
                        Console.WriteLine($"skipped {skipped.Test.DisplayName}: {skipped.Reason}");
                        break;
                    case IFailureInformation failure: // of a test, or of what goes before and after tests
                        Failed++;
                        var name = failure is ITestMessage of ? of.Test.DisplayName : failure.GetType().Name;
                        Console.WriteLine(Regex.Replace($"FAILED {name}: {string.Join("\n", failure.Messages)}\n{string.Join("\n", failure.StackTraces)}",
                            "\n(?=.)", "\n    ").TrimEnd());
                        break;
                    case ITestAssemblyFinished:
                        Finished.Set();
                        break;
                }
            return true;
        }

        public void Dispose()
        {
            Found.Dispose();
            Finished.Dispose();
        }
    }

    /// <summary>xunit's settings, each as it is by default.</summary>
    sealed class Settings : LongLivedMarshalByRefObject, ITestFrameworkDiscoveryOptions, ITestFrameworkExecutionOptions
    {
        readonly Dictionary<string, object?> _values = [];

        public T GetValue<T>(string name) => _values.TryGetValue(name, out var value) ? (T)value! : default!;

        public void SetValue<T>(string name, T value) => _values[name] = value;
    }
}
