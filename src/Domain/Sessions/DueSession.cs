namespace McpFunctions.Domain.Sessions;

/// <summary>A session whose time has come, as far as <see cref="ISessionIndex"/> knows.</summary>
/// <param name="Bucket">Where it stands in the index.</param>
/// <param name="SessionId">The session.</param>
/// <param name="UserId">The owner.</param>
/// <param name="IndexedAt">When it was put there, by storage's clock.</param>
public sealed record DueSession(string Bucket, string SessionId, string UserId, DateTimeOffset IndexedAt);
