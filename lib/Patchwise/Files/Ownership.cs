namespace Patchwise;

static class Ownership
{
    /// <summary>What is made of an owner, which is disposed of where that fails.</summary>
    internal static T OrDispose<T>(this IDisposable owner, Func<T> make)
    {
        try
        {
            return make();
        }
        catch
        {
            owner.Dispose();
            throw;
        }
    }
}
