namespace McpFunctions.Local.FunctionsHost.Logging;

/// <summary>The log categories of the real host, as host.json names them.</summary>
internal static class LogCategories
{
    public const string Startup = "Host.Startup";
    public const string Http = "Host.Http";
    public const string Worker = "Host.Worker";
    public const string Keys = "Host.Keys";
    public const string Redis = "Host.Triggers.Redis";
    public const string Timer = "Host.Triggers.Timer";
    public const string Singleton = "Host.Singleton";

    /// <summary>A function's invocations, by the host.</summary>
    public static string Function(string name) => $"Function.{name}";

    /// <summary>What the function's own code logs.</summary>
    public static string UserFunction(string name) => $"Function.{name}.User";
}
