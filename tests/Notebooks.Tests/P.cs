namespace Notebooks.Tests; public class PlaceholderTests { }
