using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>What CUDA's driver says of a device; its interface is kept compatible.</summary>
static unsafe class CudaDriver
{
    const int Major = 75, Minor = 76;

    static nint Library => NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var handle) ? handle : 0;

    internal static bool IsThere => Library != 0;

    /// <summary>Such as NVIDIA H200 (139 GiB, compute capability 9.0).</summary>
    internal static string Describe(int index)
    {
        static nint Function(string name) => NativeLibrary.GetExport(Library, name);
        var name = stackalloc byte[256];
        int device, major = 0, minor = 0;
        nuint memory = 0;
        if (Library == 0 || ((delegate* unmanaged<uint, int>)Function("cuInit"))(0) != 0
            || ((delegate* unmanaged<int*, int, int>)Function("cuDeviceGet"))(&device, index) != 0
            || ((delegate* unmanaged<byte*, int, int, int>)Function("cuDeviceGetName"))(name, 256, device) != 0
            || ((delegate* unmanaged<nuint*, int, int>)Function("cuDeviceTotalMem_v2"))(&memory, device) != 0
            || ((delegate* unmanaged<int*, int, int, int>)Function("cuDeviceGetAttribute"))(&major, Major, device) != 0
            || ((delegate* unmanaged<int*, int, int, int>)Function("cuDeviceGetAttribute"))(&minor, Minor, device) != 0)
            return "a CUDA device";
        return FormattableString.Invariant($"{Marshal.PtrToStringUTF8((nint)name)} ({memory >> 30} GiB, compute capability {major}.{minor})");
    }
}
