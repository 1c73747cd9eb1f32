using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Patchwise;

/// <summary>
/// Loads libtorch and then TorchSharp's own library, both before TorchSharp's first call, which would look elsewhere. libtorch is taken from the folder that
/// PATCHWISE_LIBTORCH names (pip's torch, or the unpacked archive), or from the folder torch beside this assembly, where lib/setup --torch puts it, or from the
/// packages of the program.
/// </summary>
static partial class TorchLibrary
{
    /// <summary>Of libtorch: that which this TorchSharp was built for, and the next, with which the networks were tested on a device.</summary>
    const string Version = "2.10 or 2.11";

    /// <summary>Asked for by TorchSharp's library and missing on Debian 12 and Ubuntu 22.04.</summary>
    const string Newer = "GLIBCXX_3.4.32";

    const string Variable = "PATCHWISE_LIBTORCH", Own = "LibTorchSharp";

    static readonly Lazy<nint> Loaded = new(LoadBoth);

    /// <summary>Everything that calls TorchSharp calls this first.</summary>
    internal static void Load() => _ = Loaded.Value;

    /// <summary>Whether there is a CUDA device and a libtorch that can use it. libtorch is not loaded where CUDA's driver is missing.</summary>
    internal static bool FindsDevice => CudaDriver.IsThere && Find("torch") is not null && CudaDevices > 0;

    internal static int CudaDevices
    {
        get
        {
            Load();
            return torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        }
    }

    static nint LoadBoth()
    {
        var named = Environment.GetEnvironmentVariable(Variable);
        var libtorch = Find("torch") ?? throw new PatchwiseException(named is { Length: > 0 }
            ? $"{Variable} names {named}, which has no {FileOf("torch")}: expected the folder 'torch' of pip's package of libtorch {Version}, or the "
            + $"unpacked archive"
            : $"libtorch was not found: set {Variable} to a folder of libtorch {Version}, such as that of pip's torch, or run lib/setup --torch in a clone of "
            + "Patchwise; then start again");
        var own = Find(Own) ?? throw new PatchwiseException($"TorchSharp's library {FileOf(Own)} was not found: run lib/setup --torch, and start again");
        try
        {
            NativeLibrary.Load(libtorch);
            // No one names a function of this: its kernels register themselves when it is loaded.
            if (Path.Combine(Path.GetDirectoryName(libtorch)!, FileOf("torch_cuda")) is var cuda && File.Exists(cuda))
                NativeLibrary.Load(cuda);
            WithoutKernelsOfTheMoment(libtorch);
            var handle = Open(own);
            NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, (name, _, _) => name == Own ? handle : 0);
            // float32 means float32: the faster product that drops 13 bits of each factor is what the other precisions are for.
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = false;
            return handle;
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw new PatchwiseException(
                $"libtorch of {Path.GetDirectoryName(libtorch)} cannot be used: expected version {Version}, whole and for this system "
                    + $"({error.Message.TrimEnd().Split('\n')[^1].Trim()})", error);
        }
    }

    /// <summary>
    /// On a device libtorch would compile kernels for steps in a row when a program first runs, and others for other sizes: seconds, where a prediction may
    /// take one. TorchSharp has no call against it. Where the function is not found, that is how it stays.
    /// </summary>
    static unsafe void WithoutKernelsOfTheMoment(string libtorch)
    {
        if (NativeLibrary.TryLoad(Path.Combine(Path.GetDirectoryName(libtorch)!, FileOf("torch_cpu")), out var library)
            && NativeLibrary.TryGetExport(library, OperatingSystem.IsWindows() ? "?setTensorExprFuserEnabled@jit@torch@@YAX_N@Z"
                : "_ZN5torch3jit25setTensorExprFuserEnabledEb", out var function))
            ((delegate* unmanaged<byte, void>)function)(0);
    }

    /// <summary>TorchSharp's library; where the system's libstdc++ is older than it asks for, a copy for which that is no condition.</summary>
    static nint Open(string path)
    {
        try
        {
            return OpenWhole(path);
        }
        catch (DllNotFoundException error) when (error.Message.Contains(Newer, StringComparison.Ordinal) && File.ReadAllBytes(path) is var bytes
            && ElfVersions.MakeOptional(bytes, Newer))
        {
            var folder = Directory.CreateTempSubdirectory("patchwise-torch-");
            try
            {
                var copy = Path.Combine(folder.FullName, Path.GetFileName(path));
                File.WriteAllBytes(copy, bytes);
                return OpenWhole(copy);
            }
            finally
            {
                // What is loaded stays.
                folder.Delete(recursive: true);
            }
        }
    }

    /// <summary>With every function that it takes from libtorch: one that is missing would otherwise end the process when it is called.</summary>
    static nint OpenWhole(string path)
    {
        const int atOnce = 2;
        var handle = NativeLibrary.Load(path);
        return !OperatingSystem.IsLinux() || dlopen(path, atOnce) != 0 ? handle : throw new DllNotFoundException("it lacks functions that TorchSharp calls");
    }

    static string? Find(string library) => Folders().Select(folder => Path.GetFullPath(Path.Combine(folder, FileOf(library)))).FirstOrDefault(File.Exists);

    static string FileOf(string library) => OperatingSystem.IsWindows() ? $"{library}.dll"
        : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    static IEnumerable<string> Folders() =>
    [
        .. Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? (string[])[Path.Combine(named, "lib"), named] : [],
        // An assembly of a package lies in lib/net8.0 of it.
        .. from assembly in (Assembly[])[typeof(TorchLibrary).Assembly, typeof(torch).Assembly]
           from folder in (string[])["torch", "", $"runtimes/{RuntimeInformation.RuntimeIdentifier}/native",
               $"../../runtimes/{RuntimeInformation.RuntimeIdentifier}/native"]
           select Path.Combine(Path.GetDirectoryName(assembly.Location) ?? "", folder),
    ];

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint dlopen(string path, int how);
}
