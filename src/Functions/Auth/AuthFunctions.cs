using System.Net;
using McpFunctions.Domain.Auth;
using McpFunctions.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace McpFunctions.Functions.Auth;

/// <summary>The routes <c>auth/…</c>.</summary>
/// <param name="logins">Signs users in.</param>
public sealed class AuthFunctions(LoginService logins)
{
    /// <summary>Signs a user in.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>200 with a token; or a problem.</returns>
    [Function("Login"), Access(Anonymous = true)]
    public async Task<HttpResponseData> Login(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/login")] HttpRequestData request, CancellationToken cancellationToken)
    {
        LoginRequest credentials = await request.JsonAsync(HttpJsonContext.Api.LoginRequest, cancellationToken);
        Login login = logins.Login(credentials.Username, credentials.Password).ValueOrProblem();
        return await request.JsonAsync(HttpStatusCode.OK, LoginAnswer.Of(login), HttpJsonContext.Api.LoginAnswer);
    }
}
