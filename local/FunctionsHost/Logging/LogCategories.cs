namespace McpFunctions.Local.FunctionsHost.Logging;

/// <summary>The real host's log categories, which host.json uses.</summary>
internal static class LogCategories
{
    public const string Startup = "Host.Startup";
    public const string Http = "Host.Http";
    public const string Worker = "Host.Worker";
    public const string Keys = "Host.Keys";
    public const string Redis = "Host.Triggers.Redis";
    public const string Timer = "Host.Triggers.Timer";
    public const string Singleton = "Host.Singleton";

    /// <summary>The host's log of a function's invocations.</summary>
    public static string Function(string name) => $"Function.{name}";

    /// <summary>The log of the function's own code.</summary>
    public static string UserFunction(string name) => $"Function.{name}.User";

    /// <summary>The categories of frameworks, in the host and in a worker.</summary>
    public static bool IsFramework(string category) =>
        category.StartsWith("Microsoft.", StringComparison.Ordinal)
        || category.StartsWith("System.", StringComparison.Ordinal)
        || category.StartsWith("Grpc.", StringComparison.Ordinal);

    /// <summary>Invocations and triggers, which would fill the console in normal operation.</summary>
    public static bool IsRoutine(string category) =>
        (category.StartsWith("Function.", StringComparison.Ordinal) && !category.EndsWith(".User", StringComparison.Ordinal))
        || category.StartsWith("Host.Triggers.", StringComparison.Ordinal)
        || category == Singleton;

    /// <summary>The categories that log whole addresses. Their queries may hold secrets.</summary>
    public static bool ShowsQueries(string category) =>
        category.StartsWith("Microsoft.AspNetCore.Hosting.", StringComparison.Ordinal)
        || category.StartsWith("System.Net.Http.HttpClient.", StringComparison.Ordinal);
}
