using System.Text.Json;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>An operation of the API, as its OpenAPI document describes it.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path after <c>/api</c>, with its parameters in braces.</param>
/// <param name="Parameters">The parameters in query and headers.</param>
/// <param name="Body">The schema of its JSON body; null without one.</param>
/// <param name="TakesFiles">Whether it takes files.</param>
internal sealed record ApiOperation(string Method, string Path, IReadOnlyList<ApiOperation.Parameter> Parameters, JsonElement? Body, bool TakesFiles)
{
    /// <summary>Whether it changes something when it succeeds.</summary>
    public bool IsUnsafe => Method is not ("GET" or "HEAD");

    /// <inheritdoc/>
    public override string ToString() => $"{Method} {Path}";

    /// <summary>A parameter in the query or a header.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Place"><c>query</c> or <c>header</c>.</param>
    /// <param name="Schema">The schema of its value.</param>
    internal sealed record Parameter(string Name, string Place, JsonElement Schema);
}
