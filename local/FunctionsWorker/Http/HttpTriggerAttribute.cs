using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Starts the function for an HTTP request.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class HttpTriggerAttribute : TriggerBindingAttribute
{
    /// <summary>A trigger for any method, at level <see cref="AuthorizationLevel.Function"/>.</summary>
    public HttpTriggerAttribute()
    {
    }

    /// <summary>A trigger at level <see cref="AuthorizationLevel.Function"/>.</summary>
    /// <param name="methods">The HTTP methods; none for any.</param>
    public HttpTriggerAttribute(params string[] methods) => Methods = methods;

    /// <summary>A trigger for any method.</summary>
    /// <param name="authLevel">The key that the host asks for.</param>
    public HttpTriggerAttribute(AuthorizationLevel authLevel) => AuthLevel = authLevel;

    /// <summary>A trigger.</summary>
    /// <param name="authLevel">The key that the host asks for.</param>
    /// <param name="methods">The HTTP methods; none for any.</param>
    public HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods)
    {
        AuthLevel = authLevel;
        Methods = methods;
    }

    /// <summary>
    /// The route below the host's prefix, with <c>{name:constraint?}</c> parameters; the function's name when it is null.
    /// </summary>
    public string? Route { get; set; }

    /// <summary>The HTTP methods; null or empty for any.</summary>
    public string[]? Methods { get; }

    /// <summary>The key that the host asks for.</summary>
    public AuthorizationLevel AuthLevel { get; } = AuthorizationLevel.Function;
}
