namespace McpFunctions.SampleApp;

internal sealed class SampleOptions
{
    /// <summary>False makes the app fail at its start.</summary>
    public bool Valid { get; set; } = true;
}
