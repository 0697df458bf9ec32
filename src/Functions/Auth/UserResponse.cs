namespace McpFunctions.Functions.Auth;

/// <summary>A user, as responses show it.</summary>
/// <param name="Id">Identifies the user.</param>
/// <param name="Username">The user's name.</param>
/// <param name="Role">One of <see cref="Domain.Identity.Roles"/>.</param>
public sealed record UserResponse(string Id, string Username, string Role);
