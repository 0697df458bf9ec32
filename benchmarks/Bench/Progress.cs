namespace McpFunctions.Bench;

/// <summary>Says on standard error what a run does now, so that standard output has only its results.</summary>
internal static class Progress
{
    public static void Say(string text) => Console.Error.WriteLine($"... {text}");
}
