namespace Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

/// <summary>Names the package that implements a worker extension's bindings in the host.</summary>
/// <param name="extensionPackage">The host-side package.</param>
/// <param name="extensionVersion">Its version.</param>
/// <param name="enableImplicitRegistration">Whether the host loads it even when no function uses it.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public class ExtensionInformationAttribute(string extensionPackage, string extensionVersion, bool enableImplicitRegistration) : Attribute
{
    /// <summary>Initializes the attribute for a package that the host loads only when it is used.</summary>
    /// <param name="extensionPackage">The host-side package.</param>
    /// <param name="extensionVersion">Its version.</param>
    public ExtensionInformationAttribute(string extensionPackage, string extensionVersion)
        : this(extensionPackage, extensionVersion, false)
    {
    }

    /// <summary>The host-side package.</summary>
    public string ExtensionPackage { get; } = extensionPackage;

    /// <summary>Its version.</summary>
    public string ExtensionVersion { get; } = extensionVersion;

    /// <summary>Whether the host loads it even when no function uses it.</summary>
    public bool EnableImplicitRegistration { get; } = enableImplicitRegistration;
}
