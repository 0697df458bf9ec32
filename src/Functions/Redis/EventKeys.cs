namespace McpFunctions.Functions.Redis;

/// <summary>Keys that lie on the node of the events. Scripts without a key of their own name one of them.</summary>
internal static class EventKeys
{
    /// <summary>The journal, a stream. The hash tag keeps it and its markers on one node of a cluster.</summary>
    public const string Journal = "{events}:journal";
}
