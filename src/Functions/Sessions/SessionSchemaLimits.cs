using McpFunctions.Domain.Sessions;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Identity;
using static McpFunctions.Functions.Documentation.SchemaLimits;

namespace McpFunctions.Functions.Sessions;

/// <summary>The limits that the documents show.</summary>
internal static class SessionSchemaLimits
{
    /// <summary>The limits.</summary>
    public static SchemaLimits All { get; } = new SchemaLimits()
        .Add<SessionResponse>(nameof(SessionResponse.Id), Format("uuid"))
        .Add<SessionExpired>(nameof(SessionExpired.Reason), Known(SessionEnds.Idle, SessionEnds.Logout, SessionEnds.Revoked))
        .Add<AuthLogin>(nameof(AuthLogin.Method), KnownMethods())
        .Add<AuthLogout>(nameof(AuthLogout.Method), KnownMethods());
}
