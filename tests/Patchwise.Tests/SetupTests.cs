using System.Diagnostics;

namespace Patchwise.Tests;

/// <summary>lib/setup beside programs that only pretend: a machine without the packages, whose apt-get answers as the test says.</summary>
public class SetupTests
{
    [Fact]
    public async Task While_another_program_holds_a_lock_of_apt_setup_says_so_and_waits()
    {
        const string Lock = "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 12 (unattended-upgr)";
        var (code, error, calls) = await Setup($"""
            [ $(wc -l <calls) -lt 3 ] && echo '{Lock}' && exit 100
            echo 'E: Unable to locate package libzmq5'
            exit 100
            """);
        Assert.Equal(1, code);
        Assert.Equal(3, calls);
        Assert.Single(error.Split('\n'), line => line.Contains("waiting, 5 minutes at most: " + Lock[3..], StringComparison.Ordinal));
        Assert.Contains("E: Unable to locate package libzmq5", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_apt_cannot_install_is_not_tried_again()
    {
        var (code, error, calls) = await Setup("echo 'E: Failed to fetch'; exit 100");
        Assert.Equal((1, 1), (code, calls));
        Assert.Contains("E: Failed to fetch", error, StringComparison.Ordinal);
        Assert.Contains("apt-get could not install", error, StringComparison.Ordinal);
        Assert.DoesNotContain("waiting", error, StringComparison.Ordinal);
    }

    static async Task<(int Code, string Error, int Calls)> Setup(string apt)
    {
        using var folder = new TemporaryFolder();
        Program("dpkg-query", "exit 0");
        Program("dotnet", "exit 1");
        Program("sudo", "exec \"$@\"");
        Program("apt-get", $"cd '{folder.Path}'\necho call >>calls\n{apt}");
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "lib", "setup")) { RedirectStandardError = true };
        start.Environment["PATH"] = $"{folder.Path}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["TMPDIR"] = folder.Path;
        using var setup = Process.Start(start)!;
        var error = await setup.StandardError.ReadToEndAsync();
        await setup.WaitForExitAsync();
        return (setup.ExitCode, error, (await File.ReadAllLinesAsync(folder.At("calls"))).Length);

        void Program(string name, string text)
        {
            var path = folder.Write(name, $"#!/bin/sh\n{text}\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
