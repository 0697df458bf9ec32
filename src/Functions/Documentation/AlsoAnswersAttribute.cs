using System.Net;

namespace McpFunctions.Functions.Documentation;

/// <summary>Another way in which an HTTP function answers when all is well.</summary>
/// <param name="status">The status.</param>
/// <param name="answer">The type of the JSON in it; null for none.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class AlsoAnswersAttribute(HttpStatusCode status, Type? answer = null) : Attribute
{
    /// <summary>The status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>The type of the JSON in it; null for none.</summary>
    public Type? Answer { get; } = answer;

    /// <summary>The media type where it is not JSON; <c>*/*</c> for any.</summary>
    public string? MediaType { get; init; }

    /// <summary>Its headers, of <see cref="ApiHeaders"/>.</summary>
    public string[] Headers { get; init; } = [];
}
