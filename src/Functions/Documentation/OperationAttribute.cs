using System.Net;

namespace McpFunctions.Functions.Documentation;

/// <summary>
/// What the OpenAPI document says of an HTTP function beyond its route, its <see cref="Http.AccessAttribute"/> and its XML
/// comments, which give the texts. The problems that follow from those are added: 401, 403, 404, 429, 500, 503, those of bodies and those of idempotency keys.
/// </summary>
/// <param name="status">How it answers when all is well.</param>
/// <param name="answer">The type of the JSON in that answer; null for none.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OperationAttribute(HttpStatusCode status, Type? answer = null) : Attribute
{
    /// <summary>How it answers when all is well.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>The type of the JSON in that answer; null for none.</summary>
    public Type? Answer { get; } = answer;

    /// <summary>The type of the JSON that it takes; null for none.</summary>
    public Type? Body { get; init; }

    /// <summary>The headers of that answer, of <see cref="ApiHeaders"/>.</summary>
    public string[] Headers { get; init; } = [];

    /// <summary>The parameters in query and headers, of <see cref="ApiParameters"/>.</summary>
    public string[] Parameters { get; init; } = [];

    /// <summary>Whether it gives a list in parts: it takes <c>limit</c> and <c>continuationToken</c>.</summary>
    public bool IsPaged { get; init; }

    /// <summary>Problems that it answers with beyond those that follow from the rest.</summary>
    public HttpStatusCode[] Problems { get; init; } = [];
}
