using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Patchwise;

/// <summary>
/// ONNX Runtime's C API: one exported function that gives a table of function pointers, whose order never changes. The numbers are places in
/// that table, as struct OrtApi of onnxruntime_c_api.h lists them.
/// </summary>
static unsafe partial class OnnxRuntime
{
    /// <summary>The version of the table that is asked for: later libraries give it as well.</summary>
    const uint ApiVersion = 23;
    const int LogErrors = 3, DeviceAllocator = 0, DefaultMemory = 0, TensorKind = 1;

    /// <summary>Element type of tensors: the only one that is passed.</summary>
    internal const int Float32 = 1;

    sealed record Library(nint Table, nint Environment, nint CpuMemory, nint Allocator);

    /// <summary>Loaded at the first use, so that a missing library is an error of that use; two threads may load it at once without harm.</summary>
    static Library Loaded => field ??= Load();

    static nint* Api => (nint*)Loaded.Table;

    static OnnxRuntime() => NativeLibraries.Register();

    static Library Load()
    {
        var start = (Base*)OrtGetApiBase();
        var table = (nint*)start->GetApi(ApiVersion);
        if (table == null)
            throw new PatchwiseException($"the ONNX Runtime found is {Marshal.PtrToStringUTF8(start->GetVersionString())}: expected one with version {ApiVersion} of its C API, such as 1.30; run lib/setup");
        nint environment, memory, allocator;
        fixed (byte* name = "patchwise\0"u8)
            Check(((delegate* unmanaged<int, byte*, nint*, nint>)table[3])(LogErrors, name, &environment), table);
        Check(((delegate* unmanaged<int, int, nint*, nint>)table[69])(DeviceAllocator, DefaultMemory, &memory), table);
        Check(((delegate* unmanaged<nint*, nint>)table[78])(&allocator), table);
        return new((nint)table, environment, memory, allocator);
    }

    [StructLayout(LayoutKind.Sequential)]
    readonly struct Base
    {
        internal readonly delegate* unmanaged<uint, void*> GetApi;
        internal readonly delegate* unmanaged<nint> GetVersionString;
    }

    [LibraryImport(NativeLibraries.OnnxRuntime)]
    private static partial nint OrtGetApiBase();

    internal sealed class Session() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
    {
        internal Session(nint handle) : this() => SetHandle(handle);

        protected override bool ReleaseHandle()
        {
            ((delegate* unmanaged<nint, void>)Api[95])(handle);
            return true;
        }
    }

    /// <param name="externalFolder">Where a model that keeps weights in files of their own has them; null for one that has none.</param>
    /// <exception cref="PatchwiseException">With the runtime's own text.</exception>
    internal static Session CreateSession(ReadOnlySpan<byte> model, string? externalFolder, OnnxOptions options)
    {
        nint settings;
        Check(((delegate* unmanaged<nint*, nint>)Api[10])(&settings));
        try
        {
            Check(((delegate* unmanaged<nint, int, nint>)Api[23])(settings, options.Optimise ? 99 : 0));
            Check(((delegate* unmanaged<nint, int, nint>)Api[24])(settings, options.Threads));
            Check(((delegate* unmanaged<nint, int, nint>)Api[25])(settings, 1));
            if (!options.Arena)
            {
                Check(((delegate* unmanaged<nint, nint>)Api[17])(settings));
                Check(((delegate* unmanaged<nint, nint>)Api[19])(settings));
            }
            // Threads with nothing to do sleep: while they spin, they hold up those that read the next patches.
            Configure(settings, "session.intra_op.allow_spinning", "0");
            if (externalFolder is not null)
                Configure(settings, "session.model_external_initializers_file_folder_path", externalFolder);
            nint session;
            fixed (byte* bytes = model)
                Check(((delegate* unmanaged<nint, byte*, nuint, nint, nint*, nint>)Api[8])(Loaded.Environment, bytes, (nuint)model.Length, settings, &session));
            return new Session(session);
        }
        finally
        {
            ((delegate* unmanaged<nint, void>)Api[100])(settings);
        }
    }

    static void Configure(nint settings, string key, string value)
    {
        var (keyText, valueText) = (Marshal.StringToCoTaskMemUTF8(key), Marshal.StringToCoTaskMemUTF8(value));
        try
        {
            Check(((delegate* unmanaged<nint, nint, nint, nint>)Api[130])(settings, keyText, valueText));
        }
        finally
        {
            Marshal.FreeCoTaskMem(keyText);
            Marshal.FreeCoTaskMem(valueText);
        }
    }

    /// <summary>An input or output as a session declares it.</summary>
    /// <param name="Type">An element type of ONNX; 0 where it is no tensor.</param>
    /// <param name="Shape">-1 for sizes that may vary.</param>
    internal sealed record Port(string Name, int Type, long[] Shape);

    internal static Port[] Inputs(Session session) => Ports(session, count: 30, type: 33, name: 36);

    internal static Port[] Outputs(Session session) => Ports(session, count: 31, type: 34, name: 37);

    static Port[] Ports(Session session, int count, int type, int name)
    {
        using var use = new Use(session);
        nuint ports;
        Check(((delegate* unmanaged<nint, nuint*, nint>)Api[count])(use.Handle, &ports));
        var found = new Port[(int)ports];
        for (nuint i = 0; i < ports; i++)
        {
            nint text;
            Check(((delegate* unmanaged<nint, nuint, nint, nint*, nint>)Api[name])(use.Handle, i, Loaded.Allocator, &text));
            var portName = Marshal.PtrToStringUTF8(text)!;
            Check(((delegate* unmanaged<nint, nint, nint>)Api[76])(Loaded.Allocator, text));
            nint info;
            Check(((delegate* unmanaged<nint, nuint, nint*, nint>)Api[type])(use.Handle, i, &info));
            try
            {
                found[i] = Describe(portName, info);
            }
            finally
            {
                ((delegate* unmanaged<nint, void>)Api[98])(info);
            }
        }
        return found;
    }

    static Port Describe(string name, nint info)
    {
        int kind, type;
        Check(((delegate* unmanaged<nint, int*, nint>)Api[56])(info, &kind));
        if (kind != TensorKind)
            return new(name, 0, []);
        nint tensor;
        nuint rank;
        Check(((delegate* unmanaged<nint, nint*, nint>)Api[55])(info, &tensor));
        Check(((delegate* unmanaged<nint, int*, nint>)Api[60])(tensor, &type));
        Check(((delegate* unmanaged<nint, nuint*, nint>)Api[61])(tensor, &rank));
        var shape = new long[(int)rank];
        fixed (long* sizes = shape)
            Check(((delegate* unmanaged<nint, long*, nuint, nint>)Api[62])(tensor, sizes, rank));
        return new(name, type, shape);
    }

    /// <summary>A tensor over memory that its owner keeps in place: nothing is copied.</summary>
    internal readonly ref struct Value
    {
        internal nint Handle { get; }

        internal Value(float* data, ReadOnlySpan<long> shape)
        {
            nuint bytes = sizeof(float);
            foreach (var size in shape)
                bytes *= (nuint)size;
            nint value;
            fixed (long* sizes = shape)
                Check(((delegate* unmanaged<nint, float*, nuint, long*, nuint, int, nint*, nint>)Api[49])(Loaded.CpuMemory, data, bytes, sizes, (nuint)shape.Length, Float32, &value));
            Handle = value;
        }

        public void Dispose() => ((delegate* unmanaged<nint, void>)Api[96])(Handle);
    }

    /// <summary>Runs a session on one input and writes the outputs named into the values given, in their order.</summary>
    /// <param name="stop">Ends the run at its next operation.</param>
    /// <exception cref="ObjectDisposedException">The session is closed. Closing it while this runs takes effect afterwards.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> ended the run.</exception>
    internal static void Run(Session session, byte[] inputName, nint input, ReadOnlySpan<nint> outputNames, Span<nint> outputs, CancellationToken stop)
    {
        using var use = new Use(session);
        nint made;
        Check(((delegate* unmanaged<nint*, nint>)Api[39])(&made));
        var settings = made;
        try
        {
            using var end = stop.Register(() => Check(((delegate* unmanaged<nint, nint>)Api[46])(settings)));
            fixed (byte* name = inputName)
            fixed (nint* names = outputNames, values = outputs)
                Check(((delegate* unmanaged<nint, nint, byte**, nint*, nuint, nint*, nuint, nint*, nint>)Api[9])(
                    use.Handle, settings, &name, &input, 1, names, (nuint)outputNames.Length, values));
        }
        catch (PatchwiseException error) when (stop.IsCancellationRequested)
        {
            throw new OperationCanceledException(error.Message, error, stop);
        }
        finally
        {
            ((delegate* unmanaged<nint, void>)Api[97])(settings);
        }
    }

    /// <summary>Keeps a handle from being released while it is used.</summary>
    readonly ref struct Use
    {
        readonly Session _session;
        internal nint Handle { get; }

        internal Use(Session session)
        {
            var taken = false;
            session.DangerousAddRef(ref taken);
            (_session, Handle) = (session, session.DangerousGetHandle());
        }

        public void Dispose() => _session.DangerousRelease();
    }

    static void Check(nint status)
    {
        if (status != 0)
            Check(status, Api);
    }

    static void Check(nint status, nint* table)
    {
        if (status == 0)
            return;
        var text = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)table[2])(status));
        ((delegate* unmanaged<nint, void>)table[93])(status);
        throw new PatchwiseException($"ONNX Runtime: {text}");
    }
}
