using System.Globalization;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace McpFunctions.Functions.Mcp;

/// <summary>The address of a resource: <c>mcpfunctions://{kind}/{id}?{query}</c>.</summary>
/// <param name="Text">The address as the client wrote it.</param>
/// <param name="Kind">The kind of resource, for example <c>files</c>.</param>
/// <param name="Id">Its id; null for a resource that each user has once.</param>
/// <param name="Query">The values of the query.</param>
internal sealed record ResourceAddress(string Text, string Kind, string? Id, IReadOnlyDictionary<string, string> Query)
{
    public const string Prefix = "mcpfunctions://";
    public const string Files = "files";
    public const string Context = "context";
    public const string Inbox = "inbox";
    public const string Audit = "audit";
    public const string DeadLetters = "dead-letters";

    private const int MaxLength = 2_048;

    /// <summary>The address of a resource.</summary>
    public static string Of(string kind, string? id = null) => id is null ? Prefix + kind : $"{Prefix}{kind}/{Uri.EscapeDataString(id)}";

    /// <summary>Reads an address.</summary>
    /// <exception cref="ProblemException">The gateway has no resource with such an address.</exception>
    public static ResourceAddress Parse(string? text)
    {
        if (text is null or { Length: > MaxLength } || !Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
            || !text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0 || uri.Port != -1)
        {
            throw NotThere();
        }

        string id = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        var query = new Dictionary<string, string>();
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in QueryHelpers.ParseQuery(uri.Query))
        {
            query[name] = values.Count == 1 ? values.ToString() : throw new ProblemException(Problem.Invalid(name, "Send it once."));
        }

        return new ResourceAddress(text, uri.Host, id.Length == 0 ? null : id, query);
    }

    /// <summary>The gateway has no such resource.</summary>
    public static ProblemException NotThere() =>
        new(Problem.NotFound() with { Detail = "There is no such resource. 'resources/list' and 'resources/templates/list' show all." });

    /// <summary>A value of the query.</summary>
    public string? Value(string name) => Query.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    /// <summary>A whole number of the query.</summary>
    /// <exception cref="ProblemException">It is none, or outside the range.</exception>
    public long? Number(string name, long min, long max) =>
        Value(name) is not { } value ? null
        : long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= min && number <= max ? number
        : throw new ProblemException(Problem.Invalid(name, $"Send a whole number from {min} to {max}."));

    /// <summary>Refuses values of the query that the resource does not have.</summary>
    /// <exception cref="ProblemException">There is one.</exception>
    public void AllowOnly(params string[] names)
    {
        if (Query.Keys.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
        {
            throw new ProblemException(Problem.Invalid(unknown, $"This resource has no '{unknown}'."));
        }
    }
}
