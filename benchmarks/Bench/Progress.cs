using System.Globalization;

namespace McpFunctions.Bench;

/// <summary>Says on standard error what a run does now, so that standard output has only its results.</summary>
internal static class Progress
{
    public static void Say(string text) => Console.Error.WriteLine($"... {text}");

    /// <summary>Says how long something took.</summary>
    public static void SayTime(string what, TimeSpan time) => Say(string.Create(CultureInfo.InvariantCulture, $"{what} took {time.TotalSeconds:0.0} s"));
}
