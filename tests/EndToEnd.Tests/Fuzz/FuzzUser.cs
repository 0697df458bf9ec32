using System.Collections.Concurrent;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>A user who sends requests, and the ids of the items that this user has created.</summary>
/// <param name="User">The user, in a session.</param>
/// <param name="ApiKey">An API key with all scopes of the user's role.</param>
internal sealed record FuzzUser(GatewayUser User, string ApiKey)
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _ids = new();

    /// <summary>Remembers the id of a created item.</summary>
    public void Remember(string kind, string id)
    {
        var ids = _ids.GetOrAdd(kind, _ => []);
        ids.Enqueue(id);
        if (ids.Count > 20)
        {
            ids.TryDequeue(out _);
        }
    }

    /// <summary>The id of a random item of a kind; null when there is none.</summary>
    public string? AnyId(string kind, Random random) =>
        _ids.TryGetValue(kind, out var ids) && ids.ToArray() is { Length: > 0 } known ? known[random.Next(known.Length)] : null;

    /// <summary>Whether this user created the item.</summary>
    public bool Has(string id) => _ids.Values.Any(ids => ids.Contains(id));
}
