using System.Net;

namespace McpFunctions.Functions.Documentation;

/// <summary>
/// Describes an HTTP function for the OpenAPI document, beyond its route, its <see cref="Http.AccessAttribute"/> and its XML
/// comments. The document adds the problems that follow from those: 401, 403, 404, 429, 500, 503, those of bodies and those of idempotency keys.
/// </summary>
/// <param name="status">The status of a successful response.</param>
/// <param name="response">The type of the JSON in that response; null for none.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OperationAttribute(HttpStatusCode status, Type? response = null) : Attribute
{
    /// <summary>The status of a successful response.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>The type of the JSON in that response; null for none.</summary>
    public Type? Response { get; } = response;

    /// <summary>The type of the JSON body; null for none.</summary>
    public Type? Body { get; init; }

    /// <summary>The names of that response's headers in <see cref="ApiHeaders"/>.</summary>
    public string[] Headers { get; init; } = [];

    /// <summary>The names of the query and header parameters in <see cref="ApiParameters"/>.</summary>
    public string[] Parameters { get; init; } = [];

    /// <summary>Whether it returns a list with pages, and takes <c>limit</c> and <c>continuationToken</c>.</summary>
    public bool IsPaged { get; init; }

    /// <summary>Further problems, beyond those that follow from the other attributes.</summary>
    public HttpStatusCode[] Problems { get; init; } = [];
}
