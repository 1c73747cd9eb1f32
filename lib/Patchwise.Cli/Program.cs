using Patchwise.Cli;

return Commands.Run(new Command("patchwise",
    "Choose the magnification and patch size for objects in tissue images; predict tissue types; read slides, networks and data sets.")
{
    CohortCommand.Make(),
    DataCommand.Make(),
    ModelCommand.Make(),
    PredictCommand.Make(),
    RegionsCommand.Make(),
    ResizeCommand.Make(),
    SignalCommand.Make(),
    SlideCommand.Make(),
    ThumbnailCommand.Make(),
    ViewCommand.Make(),
}, args);
