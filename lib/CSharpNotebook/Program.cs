using System.CommandLine;

return new RootCommand("Runs C# notebooks.").Parse(args).Invoke();
