namespace McpFunctions.Local.FunctionsHost;

/// <summary>The version of the real host whose behaviour this host copies.</summary>
internal static class HostVersion
{
    public const string Number = "4.1037.0";
}
