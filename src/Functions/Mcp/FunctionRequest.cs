namespace McpFunctions.Functions.Mcp;

/// <summary>The request of a call to a function inside the gateway.</summary>
internal sealed record FunctionRequest
{
    /// <summary>The values in the route.</summary>
    public IReadOnlyDictionary<string, string> Route { get; init; } = new Dictionary<string, string>();

    /// <summary>The parameters of the query.</summary>
    public IReadOnlyDictionary<string, string?> Query { get; init; } = new Dictionary<string, string?>();

    /// <summary>The headers.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The body; null for none.</summary>
    public byte[]? Body { get; init; }

    /// <summary>The media type of the body.</summary>
    public string? ContentType { get; init; }

    /// <summary>A request with only a value in the route.</summary>
    /// <param name="id">The value of <c>id</c>.</param>
    public static FunctionRequest OfId(string id) => new() { Route = new Dictionary<string, string> { ["id"] = id } };

    /// <summary>A request with only a query.</summary>
    /// <param name="query">The names and values; a null value is left out.</param>
    public static FunctionRequest OfQuery(params (string Name, string? Value)[] query) =>
        new() { Query = query.ToDictionary(each => each.Name, each => each.Value) };
}
