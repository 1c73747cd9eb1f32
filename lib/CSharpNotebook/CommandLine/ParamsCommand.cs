using System.CommandLine;
using CSharpNotebook.Runner;

namespace CSharpNotebook.CommandLine;

static class ParamsCommand
{
    internal static Command Make(TextWriter output)
    {
        var notebook = new Argument<string>("NOTEBOOK") { Description = "The .ipynb file" };
        var command = new Command("params", """
            Lists the parameters of a notebook: name, type, default and what they mean. They are the variables of the code cell tagged 'parameters'.
            Example: csnb params 02-clarity-test.ipynb
            """) { notebook };
        command.SetAction(parsed => List(parsed.GetValue(notebook)!, output));
        return command;
    }

    static void List(string path, TextWriter to)
    {
        var rows = Parameter.Read(NotebookFile.Load(path))
            .Select(parameter => new[] { parameter.Name, parameter.TypeName, OneLine(parameter.Default), parameter.Help }).ToArray();
        if (rows.Length == 0)
        {
            to.WriteLine("The notebook has no parameters: no code cell is tagged 'parameters'.");
            return;
        }
        rows = [["NAME", "TYPE", "DEFAULT", "HELP"], .. rows];
        var widths = Enumerable.Range(0, 3).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
            to.WriteLine(string.Join("  ", row.Select((text, column) => column < 3 ? text.PadRight(widths[column]) : text)).TrimEnd());
    }

    static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
