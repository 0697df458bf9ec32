namespace McpFunctions.Local.FunctionsHost.Redis;

/// <summary>The form of the envelope in a function's parameter.</summary>
internal enum MessageDataType
{
    /// <summary>For the function's own class, and any other type.</summary>
    Json,

    /// <summary>For a <c>string</c>.</summary>
    Text,

    /// <summary>For a <c>byte[]</c>, as UTF-8.</summary>
    Bytes,
}
