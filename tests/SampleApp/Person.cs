namespace McpFunctions.SampleApp;

internal sealed record Person(string Name, int Age);
