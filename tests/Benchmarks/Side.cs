using System.Diagnostics;
using System.Globalization;

namespace Patchwise.Benchmarks;

/// <summary>A running process of the protocol in <see cref="Work"/>.</summary>
sealed class Side : IDisposable
{
    readonly Process _process;
    readonly string _what;

    internal Side(string program, params string[] arguments)
    {
        _what = $"{program} {string.Join(' ', arguments)}";
        _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        if (Read() != "ready")
            throw new InvalidOperationException($"{_what}: did not start");
    }

    internal double Seconds()
    {
        _process.StandardInput.WriteLine("go");
        return double.Parse(Read(), CultureInfo.InvariantCulture);
    }

    internal long PeakBytes()
    {
        _process.StandardInput.WriteLine("end");
        return long.Parse(Read(), CultureInfo.InvariantCulture);
    }

    string Read() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{_what}: ended early");

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(10_000))
            _process.Kill();
        _process.Dispose();
    }
}
