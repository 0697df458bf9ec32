namespace McpFunctions.Functions.Documentation;

/// <summary>An HTTP function that takes the content of files: as the raw body, or as parts named <c>file</c> of multipart/form-data.</summary>
/// <param name="max">The most files in a form.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TakesFilesAttribute(int max) : Attribute
{
    /// <summary>The most files in a form.</summary>
    public int Max { get; } = max;
}
