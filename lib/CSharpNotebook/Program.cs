using CSharpNotebook.CommandLine;

return Commands.Run(args);
