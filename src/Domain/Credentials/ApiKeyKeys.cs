namespace McpFunctions.Domain.Credentials;

/// <summary>The keys of API keys in storage.</summary>
public static class ApiKeyKeys
{
    /// <summary>The prefix of the row keys of API keys in their owners' partitions.</summary>
    public const string RowPrefix = "apikey:";

    /// <summary>The row key of a look-up.</summary>
    public const string Lookup = "lookup";

    /// <summary>The partition of a look-up.</summary>
    /// <param name="keyId">The API key's id.</param>
    public static string Owner(string keyId) => $"apikey:{keyId}";
}
