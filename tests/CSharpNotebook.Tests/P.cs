namespace CSharpNotebook.Tests; public class PlaceholderTests { }
