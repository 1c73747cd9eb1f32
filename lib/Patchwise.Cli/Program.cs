using System.CommandLine;
using Patchwise.Cli;

return Commands.Run(new RootCommand("Choose the magnification and patch size for objects in tissue images, and predict tissue types.")
{
    DataCommand.Make(),
    ModelCommand.Make(),
    RegionsCommand.Make(),
    ResizeCommand.Make(),
    SlideCommand.Make(),
    ThumbnailCommand.Make(),
}, args);
