using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Patchwise.Tests;

/// <summary>References that only Python's libraries have, computed on the spot.</summary>
static class Python
{
    /// <summary>Runs a script beside these tests with the request as JSON on its standard input, and reads its answer.</summary>
    internal static JsonNode Ask(string script, object request)
    {
        var path = Path.Combine(Repository.Root, "tests", "Patchwise.Tests", script);
        var start = new ProcessStartInfo("/usr/bin/python3", ["-W", "ignore", path])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        using var python = Process.Start(start)!;
        var errors = python.StandardError.ReadToEndAsync();
        python.StandardInput.Write(JsonSerializer.Serialize(request));
        python.StandardInput.Close();
        var answer = python.StandardOutput.ReadToEnd();
        Assert.True(answer.Length > 0, errors.Result);
        return JsonNode.Parse(answer)!;
    }
}
