using System.Net;

namespace McpFunctions.Functions.Documentation;

/// <summary>Another successful response of an HTTP function.</summary>
/// <param name="status">The status.</param>
/// <param name="response">The type of its JSON; null for none.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class AlsoRespondsAttribute(HttpStatusCode status, Type? response = null) : Attribute
{
    /// <summary>The status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>The type of its JSON; null for none.</summary>
    public Type? Response { get; } = response;

    /// <summary>The media type if it is not JSON; <c>*/*</c> for any.</summary>
    public string? MediaType { get; init; }

    /// <summary>The names of its headers in <see cref="ApiHeaders"/>.</summary>
    public string[] Headers { get; init; } = [];
}
