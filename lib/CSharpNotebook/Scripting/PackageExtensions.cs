using System.Runtime.Loader;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Events;

namespace CSharpNotebook.Scripting;

/// <summary>
/// What a package brings for notebooks in its folder <c>interactive-extensions/dotnet</c>: assemblies with types that change the kernel, and a
/// script. They are loaded once, when a cell refers to the package.
/// </summary>
static class PackageExtensions
{
    internal static void UsePackageExtensions(this CompositeKernel root)
    {
        HashSet<string> loaded = [];
        root.AddMiddleware(async (command, context, next) =>
        {
            List<string> folders = [];
            using (context.KernelEvents.Subscribe(happened =>
            {
                if (happened is PackageAdded added && Path.Combine(added.PackageReference.PackageRoot, "interactive-extensions", "dotnet") is var folder
                    && Directory.Exists(folder) && loaded.Add(folder))
                    folders.Add(folder);
            }))
                await next(command, context).ConfigureAwait(false);
            foreach (var folder in folders)
                await LoadAsync(folder, root, context).ConfigureAwait(false);
        });
    }

    static async Task LoadAsync(string folder, CompositeKernel root, KernelInvocationContext context)
    {
        foreach (var file in Directory.GetFiles(folder, "*.dll"))
            foreach (var type in AssemblyLoadContext.Default.LoadFromAssemblyPath(file).ExportedTypes.Where(type =>
                type is { IsAbstract: false, IsGenericTypeDefinition: false } && typeof(IKernelExtension).IsAssignableFrom(type)))
                try
                {
                    var extension = (IKernelExtension)Activator.CreateInstance(type)!;
                    await extension.OnLoadAsync(root).ConfigureAwait(false);
                    context.Publish(new KernelExtensionLoaded(extension, context.Command));
                }
                catch (Exception error)
                {
                    context.Fail(context.Command, error, $"The kernel extension {type.Name} in {file} could not be loaded: {error.Message}");
                    return;
                }
        if (Path.Combine(folder, "extension.dib") is var script && File.Exists(script))
            await root.LoadAndRunInteractiveDocument(new(script), context.Command).ConfigureAwait(false);
    }
}
