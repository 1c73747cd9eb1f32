using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Patchwise;

/// <summary>libtorch, through the library that lib/torch builds: patchwise_torch.h says what each function does.</summary>
static unsafe partial class TorchShim
{
    const int Good = 0, NoMemory = 2;

    static TorchShim() => NativeLibraries.Register();

    internal sealed class Weights() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
    {
        protected override bool ReleaseHandle()
        {
            pwt_weights_free(handle);
            return true;
        }
    }

    internal sealed class Network() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
    {
        protected override bool ReleaseHandle()
        {
            pwt_network_free(handle);
            return true;
        }
    }

    /// <summary>A stream of a device with its staging memory, for one run at a time; it keeps its network.</summary>
    internal sealed class Lane() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
    {
        protected override bool ReleaseHandle()
        {
            pwt_lane_free(handle);
            return true;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Options
    {
        /// <summary>Number of the device; -1: the CPU.</summary>
        internal int Cuda;
        internal Precision Precision;
        internal int Threads;
        internal fixed float Mean[3];
        internal fixed float Deviation[3];
    }

    /// <summary>What a network is made of.</summary>
    /// <param name="Layers">Convolutions and linear layers.</param>
    /// <param name="Probabilities">Not 0 where it ends in a softmax.</param>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly record struct Description(long Parameters, int Layers, int Probabilities);

    [StructLayout(LayoutKind.Sequential)]
    struct Device
    {
        internal fixed byte Name[256];
        internal long Memory;
        internal int Major, Minor;
    }

    internal static string Version => Marshal.PtrToStringUTF8(pwt_version())!;

    /// <summary>CUDA devices that can be used.</summary>
    internal static int CudaDevices => pwt_cuda_devices();

    /// <summary>Such as NVIDIA H200 (139 GiB, compute capability 9.0).</summary>
    internal static string CudaDevice(int index)
    {
        Device device;
        Check(pwt_cuda_device(index, &device));
        var name = Marshal.PtrToStringUTF8((nint)device.Name) is { Length: > 0 } known ? known : "a CUDA device";
        return device.Memory == 0 ? name : FormattableString.Invariant($"{name} ({device.Memory >> 30} GiB, compute capability {device.Major}.{device.Minor})");
    }

    internal static Weights NewWeights()
    {
        Check(pwt_weights_new(out var weights));
        return weights;
    }

    /// <summary>Appends a copy of a tensor of float32 values.</summary>
    internal static void Add(Weights weights, ReadOnlySpan<byte> values, ReadOnlySpan<long> shape)
    {
        fixed (byte* bytes = values)
        fixed (long* sizes = shape)
            Check(pwt_weights_add(weights, (float*)bytes, sizes, shape.Length));
    }

    internal static Network Compile(string source, Weights weights, in Options options)
    {
        Check(pwt_network_compile(source, weights, options, out var network));
        return network;
    }

    internal static Network Load(string path, in Options options)
    {
        Check(pwt_network_load(path, options, out var network));
        return network;
    }

    internal static Description Describe(Network network)
    {
        Check(pwt_network_describe(network, out var description));
        return description;
    }

    internal static Lane NewLane(Network network)
    {
        Check(pwt_lane_new(network, out var lane));
        return lane;
    }

    /// <summary>Lengths of the two vectors that a network gives for a patch of <paramref name="size"/>; 0 features where it gives one.</summary>
    internal static (int Logits, int Features) Lengths(Lane lane, PixelSize size)
    {
        Check(pwt_lane_lengths(lane, size.Height, size.Width, out var logits, out var features));
        return checked(((int)logits, (int)features));
    }

    /// <summary>Runs a batch; false where the device's memory does not hold it.</summary>
    internal static bool Run(Lane lane, ReadOnlySpan<byte> rgb, int count, PixelSize size, Span<float> logits, Span<float> features)
    {
        fixed (byte* samples = rgb)
        fixed (float* to = logits, alsoTo = features)
        {
            var status = pwt_lane_run(lane, samples, count, size.Height, size.Width, to, logits.Length / count, alsoTo, features.Length / count);
            if (status == NoMemory)
                return false;
            Check(status);
            return true;
        }
    }

    static void Check(int status)
    {
        if (status != Good)
            throw new PatchwiseException($"libtorch: {Marshal.PtrToStringUTF8(pwt_error())}");
    }

    [LibraryImport(NativeLibraries.Torch)]
    private static partial nint pwt_error();

    [LibraryImport(NativeLibraries.Torch)]
    private static partial nint pwt_version();

    [LibraryImport(NativeLibraries.Torch)]
    private static partial int pwt_cuda_devices();

    [LibraryImport(NativeLibraries.Torch)]
    private static partial int pwt_cuda_device(int index, Device* device);

    [LibraryImport(NativeLibraries.Torch)]
    private static partial int pwt_weights_new(out Weights weights);

    [LibraryImport(NativeLibraries.Torch)]
    private static partial int pwt_weights_add(Weights weights, float* values, long* shape, int rank);

    [LibraryImport(NativeLibraries.Torch)]
    private static partial void pwt_weights_free(nint weights);

    [LibraryImport(NativeLibraries.Torch, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int pwt_network_compile(string source, Weights weights, in Options options, out Network network);

    [LibraryImport(NativeLibraries.Torch, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int pwt_network_load(string path, in Options options, out Network network);

    [LibraryImport(NativeLibraries.Torch)]
    private static partial int pwt_network_describe(Network network, out Description description);

    [LibraryImport(NativeLibraries.Torch)]
    private static partial void pwt_network_free(nint network);

    [LibraryImport(NativeLibraries.Torch)]
    private static partial int pwt_lane_new(Network network, out Lane lane);

    [LibraryImport(NativeLibraries.Torch)]
    private static partial int pwt_lane_lengths(Lane lane, long height, long width, out long logits, out long features);

    [LibraryImport(NativeLibraries.Torch)]
    private static partial int pwt_lane_run(Lane lane, byte* rgb, long count, long height, long width, float* logits, long logitLength, float* features,
    long featureLength);

    [LibraryImport(NativeLibraries.Torch)]
    private static partial void pwt_lane_free(nint lane);
}
