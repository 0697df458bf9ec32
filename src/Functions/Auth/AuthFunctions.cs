using System.Net;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Credentials;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Auth;

/// <summary>Routes to sign in and out.</summary>
/// <param name="logins">Signs users in.</param>
/// <param name="sessions">Ends sessions.</param>
public sealed class AuthFunctions(LoginService logins, ISessions sessions)
{
    /// <summary>Sign in with a username and password, and get an access token.</summary>
    /// <returns>200 with a token; or a problem.</returns>
    [Function("Login"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, typeof(LoginResponse), Body = typeof(LoginRequest), Problems = [HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests])]
    public async Task<IResult> Login(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/login")] HttpRequest request, CancellationToken cancellationToken)
    {
        LoginRequest credentials = await request.JsonAsync(AuthJsonContext.Api.LoginRequest, cancellationToken);
        Login login = (await logins.LoginAsync(credentials.Username, credentials.Password, request.Origin(), cancellationToken)).ValueOrProblem();
        return HttpResults.Json(HttpStatusCode.OK, LoginResponse.Of(login), AuthJsonContext.Api.LoginResponse);
    }

    /// <summary>Get a new access token before the current one expires. The session must still be open.</summary>
    /// <returns>200 with a token; or a problem.</returns>
    [Function("RefreshLogin"), Access]
    [Operation(HttpStatusCode.OK, typeof(LoginResponse))]
    public async Task<IResult> Refresh(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/refresh")] HttpRequest request, CancellationToken cancellationToken)
    {
        Login login = (await logins.RefreshAsync(request.Principal(), cancellationToken)).ValueOrProblem();
        return HttpResults.Json(HttpStatusCode.OK, LoginResponse.Of(login), AuthJsonContext.Api.LoginResponse);
    }

    /// <summary>Sign out. The session ends, and its access tokens are refused.</summary>
    /// <returns>204; or a problem.</returns>
    [Function("Logout"), Access]
    [Operation(HttpStatusCode.NoContent, Problems = [HttpStatusCode.Conflict])]
    public async Task<IResult> Logout(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/logout")] HttpRequest request, CancellationToken cancellationToken)
    {
        (await sessions.LogoutAsync(request.Principal(), request.CorrelationId(), cancellationToken)).ValueOrProblem();
        return TypedResults.NoContent();
    }

    /// <summary>Show who you are signed in as: user, role and scopes.</summary>
    /// <returns>200 with the user, role and scopes; or a problem.</returns>
    [Function("GetMe"), Access(AnyCredential = true)]
    [Operation(HttpStatusCode.OK, typeof(CredentialResponse))]
    public static IResult Me([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "auth/me")] HttpRequest request) =>
        HttpResults.Json(HttpStatusCode.OK, CredentialResponse.Of(request.Principal()), AuthJsonContext.Api.CredentialResponse);
}
