namespace McpFunctions.Local.FunctionsHost.Redis;

/// <summary>The form in which a function's parameter takes the envelope.</summary>
internal enum MessageDataType
{
    /// <summary>For a class of the function's own, or any other type.</summary>
    Json,

    /// <summary>For a <c>string</c>.</summary>
    Text,

    /// <summary>For a <c>byte[]</c>: its UTF-8.</summary>
    Bytes,
}
