namespace McpFunctions.Functions.Mcp;

/// <summary>The versions of the protocol that the SDK speaks.</summary>
internal static class McpVersions
{
    /// <summary>The version whose requests carry their own metadata, without a handshake.</summary>
    public const string Current = "2026-07-28";

    /// <summary>The versions that begin with the handshake <c>initialize</c>, oldest first.</summary>
    public static readonly string[] WithHandshake = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

    /// <summary>Whether the SDK speaks a version.</summary>
    public static bool IsSpoken(string version) => version == Current || WithHandshake.Contains(version);

    /// <summary>Whether the requests of a version carry their own metadata.</summary>
    public static bool HasMetadata(string? version) => version == Current;
}
