using McpFunctions.Domain;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Identity;
using Microsoft.AspNetCore.Http;

namespace McpFunctions.Functions.Http;

/// <summary>Identifies the caller.</summary>
/// <param name="credentials">Checks credentials.</param>
/// <param name="tickets">Takes tickets.</param>
public sealed class RequestCredentials(ICredentials credentials, ITickets tickets)
{
    /// <summary>The query parameter with the ticket.</summary>
    public const string TicketParameter = "ticket";

    /// <summary>Reads the credential of a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="takesTicket">Whether the route accepts a ticket.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The owner of the credential.</returns>
    /// <exception cref="ProblemException">The credential is missing or rejected.</exception>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached; for a ticket, Redis.</exception>
    public async Task<Principal> AuthenticateAsync(HttpRequest request, bool takesTicket, CancellationToken cancellationToken)
    {
        if (!takesTicket || request.QueryText(TicketParameter) is not { } ticket)
        {
            return (await ReadAsync(request, cancellationToken)).ValueOrProblem();
        }

        return request.Header("Authorization") is null && request.Header("x-api-key") is null
            ? await tickets.TakeAsync(ticket, cancellationToken)
            : throw new ProblemException(Problem.Unauthenticated("Send a ticket or another credential, not both."));
    }

    private Task<Outcome<Principal>> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        const string scheme = "Bearer ";
        string? credential = request.Header("Authorization");
        string? key = request.Header("x-api-key");
        if (credential is not null && key is not null)
        {
            throw new ProblemException(Problem.Unauthenticated("Send an access token or an API key, not both."));
        }

        if (key is not null)
        {
            return credentials.ReadKeyAsync(key.Trim(), request.Origin(), cancellationToken);
        }

        if (credential is null)
        {
            throw new ProblemException(Problem.Unauthenticated(
                "Send an access token, 'Authorization: Bearer …' (from POST /api/auth/login), or an API key, 'x-api-key: …'."));
        }

        return credential.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            ? credentials.ReadTokenAsync(credential[scheme.Length..].Trim(), request.Origin(), cancellationToken)
            : throw new ProblemException(Problem.Unauthenticated("Use the scheme Bearer: 'Authorization: Bearer …'."));
    }
}
