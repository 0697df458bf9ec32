namespace McpFunctions.Functions.Documentation;

/// <summary>Marks an HTTP function that accepts file content: as the body, or as parts named <c>file</c> of multipart/form-data.</summary>
/// <param name="max">The most files in a form.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TakesFilesAttribute(int max) : Attribute
{
    /// <summary>The most files in a form.</summary>
    public int Max { get; } = max;
}
